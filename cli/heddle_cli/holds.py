"""The commands `heddle holds …`, except `run`."""
import os
import re
import sys
import time

from .client import parse_json, utf8
from .failure import ERROR, UNAVAILABLE, USAGE, Failure
from .session import holder as default_holder
from .terminal import emit, escaped, flush, is_terminal, note, plural, require, say, table, write

UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
MAX_DURATION = 10 * 366 * 24 * 3600
HEARTBEAT_TIMEOUT = 45  # the service sends a comment every 15 s


def seconds(text):
    """A duration such as `30s`, `5m`, `1m30s` or `500ms` in seconds."""
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)", text)
    total = sum(float(number) * UNITS[unit] for number, unit in parts)
    if not parts or "".join(number + unit for number, unit in parts) != text or total > MAX_DURATION:
        raise Failure(USAGE, f"invalid duration '{text}': write it as 30s, 5m or 1m30s")
    return total


def path_of(text):
    """The absolute path. Does not follow links, as the service does not."""
    if not text:
        raise Failure(USAGE, "the path is empty")
    if not os.path.isabs(text):
        try:
            text = os.path.join(os.getcwd(), text)
        except OSError as e:
            raise Failure(USAGE, f"the current directory cannot be read ({e.strerror}): use an absolute path") from e
    return utf8(os.path.normpath(text).replace("//", "/", 1))


def checkout_path():
    """The current directory, for others who see the hold; empty if it has none that can be sent."""
    try:
        return utf8(os.getcwd())
    except (OSError, Failure):
        return ""


def holder_of(args):
    """The name of the holder, if one is given."""
    return args.agent or os.environ.get("HEDDLE_AGENT")


def announcement(args, holder, **more):
    reason = {"reason": args.reason} if args.reason else {}
    return {"agent_id": holder, "ttl": args.ttl, "checkout_path": checkout_path(), **reason, **more}


def instant(text):
    """The time that a response of the service names; raises ValueError or TypeError if it names none."""
    import datetime  # slow to load
    return datetime.datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", lambda match: match.group(1).ljust(7, "0"), text).replace("Z", "+00:00"))


def remaining(hold):
    try:
        return f"{max(0, instant(hold['expires_at']).timestamp() - time.time()):.0f}s"
    except (KeyError, TypeError, ValueError, OverflowError):
        return "?"


def left_of(hold):
    """The remaining time as the service reports it, by its clock, else by that of this machine."""
    reported = re.fullmatch(r"([0-9hm]*[0-9]+)(?:\.[0-9]+)?s", str(hold.get("remaining", "")))
    return reported.group(1) + "s" if reported else remaining(hold)


def since(hold):
    """The local time at which the hold began, with the date unless it began today."""
    try:
        began = instant(hold["claimed_at"]).timestamp()
        today = time.localtime()[:3] == time.localtime(began)[:3]
        return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M", time.localtime(began))
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return "?"


HEAD = ["PATH", "HOLDER", "REMAINING", "TOKEN", "REASON"]


def row(hold):
    path = hold.get("path", "?") + (" (shared)" if hold.get("shared") else "")
    return [path, hold.get("agent_id", "?"), remaining(hold), hold.get("token", "?"), reason_of(hold)]


def reason_of(hold):
    return hold.get("reason") or ""


def ls(client, args):
    if args.watch:
        from . import live
        return live.redraw(client, args) if is_terminal(sys.stdout) and not args.json else watch(client, args)
    prefix = args.prefix and path_of(args.prefix)
    found = []
    after = None
    while True:
        page = client.call("GET", "/holds", {"prefix": prefix, "agent": args.agent, "limit": 1000, "after": after})
        found += require(list, page.get("holds"), "holds")
        after = page.get("next")
        if not after:
            break
    if args.json:
        emit(found)
    elif found:
        table([row(hold) for hold in found], HEAD)
    else:
        note(no_holds(args, prefix))
    return None


def no_holds(args, prefix):
    return "no holds" + (f" of {args.agent}" if args.agent else "") + (f" below {prefix}" if prefix else "")


def show(holds, as_json, one):
    if as_json:
        emit(holds[0] if one else holds)
    else:
        table([row(hold) for hold in holds], HEAD)


def announce(client, args):
    """Of several files all are held, or none."""
    paths = list(dict.fromkeys(map(path_of, args.paths)))
    body = announcement(args, holder_of(args) or default_holder())
    if len(paths) == 1:
        show([client.call("PUT", "/holds", {"path": paths[0]}, body)], args.json, one=True)
    else:
        show(require(list, client.call("POST", "/holds/batch", body={**body, "paths": paths}).get("holds"), "holds"), args.json, one=False)


def wait(client, args):
    show([wait_for(client, args, holder_of(args) or default_holder())], args.json, one=True)


def wait_for(client, args, holder):
    timeout = seconds(args.timeout)
    body = announcement(args, holder, path=path_of(args.path), timeout=args.timeout)
    return client.call("POST", "/holds/wait", body=body, timeout=timeout + 30)


def release(client, args):
    if args.all and (args.paths or args.force) or not args.all and not args.paths:
        raise Failure(USAGE, "holds release needs either paths or --all")
    whose = {"force": "true"} if args.force else {"agent": holder_of(args) or default_holder()}
    if len(args.paths) > 1:
        release_several(client, args, whose)
        return
    response = client.call("DELETE", "/holds", {"path": path_of(args.paths[0]) if args.paths else None, **whose})
    released = response.get("released")
    if args.json:
        emit(response)
    elif not released:
        say("nothing to release")
    else:
        say("released" if args.paths else f"released {plural(released, 'hold', 'holds')}")


def release_several(client, args, whose):
    """Each on its own: what cannot be released does not keep the others from it."""
    paths = list(dict.fromkeys(map(path_of, args.paths)))
    released, refused = [], None
    for path in paths:
        try:
            if client.call("DELETE", "/holds", {"path": path, **whose}).get("released"):
                released.append(path)
        except Failure as e:
            if refused:
                note(f"{refused}")
            refused = e
    if args.json:
        emit({"released": released})
    else:
        say(f"released {len(released)} of {plural(len(paths), 'path', 'paths')}")
    if refused:
        flush()
        raise refused


def watch(client, args):
    """Follows the events until it is interrupted; resumes after the last event it received."""
    import random  # slow to load
    filters = {"prefix": args.prefix and path_of(args.prefix), "agent": args.agent}
    last_id = None
    reported = ""
    pause = 0.2
    while True:
        try:
            for name, event_id, data in events(client, last_id, filters):
                pause, reported = 0.2, ""
                if event_id:
                    last_id = event_id
                if name:
                    show_event(name, data, args.json)
        except Failure as e:
            if e.code not in (UNAVAILABLE, ERROR):
                raise
            if str(e) != reported:
                reported = str(e)
                note(f"{e}; retrying")
        time.sleep(pause * random.uniform(0.5, 1))
        pause = min(5, pause * 2)


def events(client, last_id, filters):
    """Yields (name, id, data) for each event, and (None, None, None) for each other sign of the service."""
    name, data, event_id = "message", [], None
    for line in client.lines("GET", "/holds/events", filters, accept="text/event-stream",
                             headers={"Last-Event-ID": last_id} if last_id else {}, timeout=HEARTBEAT_TIMEOUT):
        if line is None or line.startswith(":"):
            yield None, None, None
        elif line:
            field, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif field == "id" and re.fullmatch("[!-~]*", value):  # what a request header can carry
                event_id = value
        elif data:
            try:
                yield name, event_id, parse_json("\n".join(data))
            except ValueError:
                note(f"ignored an invalid event '{name}'")
            name, data, event_id = "message", [], None


def show_event(name, data, as_json):
    data = data if isinstance(data, dict) else {}
    if as_json:
        emit({"event": name, **data})
        return
    colors = {"announced": "32", "released": "36", "expired": "33", "corrupt": "31", "evicted": "31", "reset": "35"}
    label = f"{escaped(name):<10}"
    if is_terminal(sys.stdout) and name in colors:
        label = f"\x1b[{colors[name]}m{label}\x1b[0m"
    text = " ".join(filter(None, [
        escaped(data.get("path", data.get("key", ""))),
        escaped(data.get("agent_id", "")),
        remaining(data) if name == "announced" else "",
        "(renewed)" if data.get("renewal") else "",
        escaped(data.get("reason", ""))]))
    write(f"{time.strftime('%H:%M:%S')}  {label} {text}".rstrip())
    flush()
