"""heddle share … and heddle group …"""
import json
import sys

from . import terminal
from .client import Failure, ERROR, USAGE, segment
from .terminal import Bar, emit, note, table


def body_of(args):
    """A ShareMount without its id. Keys come from a file or standard input only: command lines are seen by everybody."""
    share = read_json(args.file) if args.file else {}
    cubefs = dict(share.get("cubefs") or {})
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
    try:
        if file == "-":
            value = json.load(sys.stdin)
        else:
            with open(file, encoding="utf-8") as opened:
                value = json.load(opened)
    except OSError as e:
        raise Failure(USAGE, f"{file}: {e.strerror}") from e
    except ValueError as e:
        # Without what stands there: it may be a key.
        raise Failure(USAGE, f"{file} is no JSON text") from e
    if not isinstance(value, dict):
        raise Failure(USAGE, f"{file} is no JSON object")
    return value


def share_put(client, args):
    accepted(client.call("PUT", vm_share(args), body=body_of(args)), args)


def share_rm(client, args):
    accepted(client.call("DELETE", vm_share(args)), args)


def vm_share(args):
    return f"/vms/{segment(args.vm)}/shares/{segment(args.id)}"


def accepted(answer, args):
    if args.json:
        emit(answer)
    else:
        print(f"accepted as message {answer.get('stream_sequence')} of the stream")


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
        table(rows, ["VM", "AGENT", "SHARE", "STATE", "IN SYNC", "ERROR"])


def vm_rows(vm):
    agent = str(vm.get("agent", "?")).lower()
    shares = vm.get("shares") or [{"id": "-"}]
    for share in shares:
        reported = share.get("reported") or {}
        state = reported.get("state") or ("wanted" if share.get("desired") else "-")
        sync = "-" if share["id"] == "-" else "yes" if share.get("in_sync") else "no"
        yield [vm.get("vm", "?"), agent, share["id"], state, sync, reported.get("error", "")]


def pages(client, path, name):
    found, after = [], None
    while True:
        page = client.call("GET", path, {"limit": 1000, "after": after})
        found += terminal.must_be(list, page.get(name), name)
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


def group_show(client, args):
    group = client.call("GET", group_path(args))
    if args.json:
        emit(group)
        return
    table([["vm", vm, ""] for vm in group["vms"]] + [["leaving", vm, ""] for vm in group.get("leaving", [])]
          + [["share", share["id"], share["mount_point"]] for share in group["shares"]], ["KIND", "NAME", "MOUNT POINT"])


def group_put(client, args):
    changed(client.call("PUT", group_path(args), body={"vms": args.vms}, timeout=600), args)


def group_add(client, args):
    changed(client.call("PATCH", group_path(args), body={"add": args.vms, "remove": []}, timeout=600), args)


def group_remove(client, args):
    changed(client.call("PATCH", group_path(args), body={"add": [], "remove": args.vms}, timeout=600), args)


def group_rm(client, args):
    changed(client.call("DELETE", group_path(args), timeout=600), args)


def changed(answer, args):
    if args.json:
        emit(answer)
    else:
        print(f"{args.group}: {answer.get('done', 0)} of {answer.get('total', 0)} VMs told")
    complain(answer.get("failed") or [])


def group_share_put(client, args):
    fan_out(client, args, "PUT", body_of(args))


def group_share_rm(client, args):
    fan_out(client, args, "DELETE", None)


def fan_out(client, args, method, body):
    """A change for every VM of a group, with a bar that fills."""
    bar = Bar(f"{args.id} to {args.group}" if method == "PUT" else f"{args.id} from {args.group}")
    failures, last = {}, {}
    path = group_path(args, f"/shares/{segment(args.id)}")
    for line in client.lines(method, path, body=body, timeout=600):
        if not line:
            continue
        try:
            last = terminal.must_be(dict, json.loads(line), "progress")
        except ValueError as e:
            raise Failure(ERROR, "the service's answer cannot be read") from e
        if last.get("finished"):
            failures = {}
        failures.update({failure.get("vm"): failure for failure in last.get("failed") or []})
        if args.json:
            emit(last)
        bar.show(last.get("done", 0), len(failures), last.get("total", 0), end=bool(last.get("finished")))
    if not last.get("finished"):
        raise Failure(ERROR, "the answer ended early; the change goes on, and repeating it is safe")
    if not args.json:
        print(f"{last.get('done', 0)} of {last.get('total', 0)} VMs told")
    complain(list(failures.values()))


def complain(failures):
    for failure in failures[:20]:
        note(f"{failure.get('vm')}: {failure.get('reason')}")
    if failures:
        raise Failure(ERROR, f"{len(failures)} VMs were not reached; they are tried again by themselves")


def group_status(client, args):
    status = client.call("GET", group_path(args, "/status"))
    if args.json:
        emit(status)
        return
    table([[share["id"], *(f"{len(share[kind])}" for kind in ("mounted", "pending", "failed", "silent")), share["total"]]
           for share in status["shares"]], ["SHARE", "MOUNTED", "PENDING", "FAILED", "SILENT", "VMS"])
    for share in status["shares"]:
        for failed in share["failed"][:20]:
            print("  " + terminal.plain(f"{share['id']} on {failed['vm']}: {failed['state']} {failed.get('error', '')}"))
