"""The commands `heddle share …` and `heddle group …`."""
import sys

from .client import parse_json, segment
from .failure import ERROR, USAGE, Failure
from .terminal import ProgressBar, emit, note, plural, require, say, table

FAN_OUT_TIMEOUT = 600
MAX_FAILURES = 20  # that are listed


def body_of(args):
    """A ShareMount without its id. Keys come from a file or standard input only: other processes can read arguments."""
    share = read_json(args.file) if args.file else {}
    cubefs = share.get("cubefs") or {}
    if not isinstance(cubefs, dict):
        raise Failure(USAGE, f"{args.file}: cubefs is not a JSON object")
    cubefs = dict(cubefs)
    for name in ("volume", "owner", "subdir"):
        if getattr(args, name) is not None:
            cubefs[name] = getattr(args, name)
    if args.masters:
        cubefs["masters"] = [master for master in args.masters.split(",") if master]
    if args.keys:
        keys = read_json(args.keys)
        cubefs.update({name: keys[name] for name in ("access_key", "secret_key") if name in keys})
    if args.mount_point is not None:
        share["mount_point"] = args.mount_point
    if args.readonly:
        share["readonly"] = True
    if cubefs:
        share["cubefs"] = cubefs
    share.pop("id", None)
    return share


def read_json(file):
    """A JSON object from a file. Messages leave its content out: it may be a key."""
    name = "standard input" if file == "-" else file
    try:
        if file != "-":
            with open(file, "rb") as opened:
                content = opened.read()
        elif sys.stdin is not None:
            content = sys.stdin.buffer.read()
        else:
            raise Failure(USAGE, f"{name} is closed")
        value = parse_json(content.decode("utf-8-sig"))
    except OSError as e:
        raise Failure(USAGE, f"{name}: {e.strerror}") from e
    except ValueError as e:
        raise Failure(USAGE, f"{name} is not valid JSON") from e
    if not isinstance(value, dict):
        raise Failure(USAGE, f"{name} is not a JSON object")
    return value


def share_put(client, args):
    published(client.call("PUT", vm_share(args), body=body_of(args)), args)


def share_rm(client, args):
    published(client.call("DELETE", vm_share(args)), args)


def vm_share(args):
    return f"/vms/{segment(args.vm)}/shares/{segment(args.id)}"


def published(response, args):
    if args.json:
        emit(response)
    else:
        say(f"published as message {response.get('stream_sequence')} of the stream")


def share_status(client, args):
    if args.vm:
        vms = [client.call("GET", f"/vms/{segment(args.vm)}")]
    else:
        vms = pages(client, "/vms", "vms")
    if args.json:
        emit(vms[0] if args.vm else vms)
        return
    rows = [line for vm in vms for line in vm_rows(vm)]
    if rows:
        table(rows, ["VM", "NODE AGENT", "SHARE", "STATE", "IN SYNC", "ERROR"])
    else:
        note("no VMs")


def vm_rows(vm):
    agent = str(vm.get("agent", "?")).lower()
    shares = vm.get("shares") or [{"id": "-"}]
    for share in shares:
        reported = share.get("reported") or {}
        state = reported.get("state") or ("desired" if share.get("desired") else "-")
        in_sync = "-" if share["id"] == "-" else "yes" if share.get("in_sync") else "no"
        yield [vm.get("vm", "?"), agent, share["id"], state, in_sync, reported.get("error", "")]


def pages(client, path, name):
    found, after = [], None
    while True:
        page = client.call("GET", path, {"limit": 1000, "after": after})
        found += require(list, page.get(name), name)
        after = page.get("next")
        if not after:
            return found


def group_path(args, more=""):
    return f"/groups/{segment(args.group)}{more}"


def group_ls(client, args):
    groups = pages(client, "/groups", "groups")
    if args.json:
        emit(groups)
    elif groups:
        table([[group["name"], len(group["vms"]), len(group["shares"]), len(group.get("leaving", []))]
               for group in groups], ["GROUP", "VMS", "SHARES", "LEAVING"])
    else:
        note("no groups")


def group_show(client, args):
    group = client.call("GET", group_path(args))
    if args.json:
        emit(group)
        return
    rows = ([["vm", vm, ""] for vm in group["vms"]] + [["leaving", vm, ""] for vm in group.get("leaving", [])]
            + [["share", share["id"], share["mount_point"]] for share in group["shares"]])
    if rows:
        table(rows, ["KIND", "NAME", "MOUNT POINT"])
    else:
        note(f"{args.group} has no members and no shares")


def group_put(client, args):
    changed(client.call("PUT", group_path(args), body={"vms": args.vms}, timeout=FAN_OUT_TIMEOUT), args)


def group_add(client, args):
    changed(client.call("PATCH", group_path(args), body={"add": args.vms, "remove": []}, timeout=FAN_OUT_TIMEOUT), args)


def group_remove(client, args):
    changed(client.call("PATCH", group_path(args), body={"add": [], "remove": args.vms}, timeout=FAN_OUT_TIMEOUT), args)


def group_rm(client, args):
    changed(client.call("DELETE", group_path(args), timeout=FAN_OUT_TIMEOUT), args)


def changed(response, args):
    """Reports a change of members: how many there are, and how many VMs had to get or to lose shares."""
    if args.json:
        emit(response)
    else:
        group = require(dict, response.get("group"), "group")
        total = response.get("total", 0)
        text = f"{args.group}: " + ("deleted" if group.get("deleting") else plural(len(group["vms"]), "member", "members"))
        say(text + (f", shares published to {response.get('done', 0)} of {plural(total, 'VM', 'VMs')}" if total else ""))
    report_failures(response.get("failed") or [])


def group_share_put(client, args):
    fan_out(client, args, "PUT", body_of(args))


def group_share_rm(client, args):
    fan_out(client, args, "DELETE", None)


def fan_out(client, args, method, body):
    """A change for every VM of a group, with a progress bar."""
    bar = ProgressBar(f"{args.id} to {args.group}" if method == "PUT" else f"{args.id} from {args.group}")
    failures, last = {}, {}
    path = group_path(args, f"/shares/{segment(args.id)}")
    for line in client.lines(method, path, body=body, timeout=FAN_OUT_TIMEOUT):
        if not line:
            continue
        try:
            last = require(dict, parse_json(line), "progress")
        except ValueError as e:
            raise Failure(ERROR, "unexpected response of the service: a line is not valid JSON") from e
        if last.get("finished"):
            failures = {}
        failures.update({failure.get("vm"): failure for failure in last.get("failed") or []})
        if args.json:
            emit(last)
        bar.show(last.get("done", 0), len(failures), last.get("total", 0), end=bool(last.get("finished")))
    if not last.get("finished"):
        raise Failure(ERROR, "the response ended early; the change continues in the service, and it is safe to repeat the command")
    if not args.json:
        say(f"{'published to' if method == 'PUT' else 'removed from'} {last.get('done', 0)} of "
            f"{plural(last.get('total', 0), 'VM', 'VMs')}")
    report_failures(list(failures.values()))


def report_failures(failures):
    for failure in failures[:MAX_FAILURES]:
        note(f"{failure.get('vm')}: {failure.get('reason')}")
    if len(failures) > MAX_FAILURES:
        note(f"and {len(failures) - MAX_FAILURES} more; --json lists all")
    if failures:
        raise Failure(ERROR, f"{plural(len(failures), 'VM was', 'VMs were')} not reached; the service retries")


def group_status(client, args):
    status = client.call("GET", group_path(args, "/status"))
    if args.json:
        emit(status)
        return
    if not status["shares"]:
        note(f"{args.group} has no shares")
        return
    table([[share["id"], *(f"{len(share[kind])}" for kind in ("mounted", "pending", "failed", "silent")), share["total"]]
           for share in status["shares"]], ["SHARE", "MOUNTED", "PENDING", "FAILED", "SILENT", "VMS"])
    for share in status["shares"]:
        for failed in share["failed"][:MAX_FAILURES]:
            say(f"  {share['id']} on {failed['vm']}: {failed['state']} {failed.get('error', '')}")
        if len(share["failed"]) > MAX_FAILURES:
            say(f"  {share['id']}: {len(share['failed']) - MAX_FAILURES} more failed; --json lists all")
