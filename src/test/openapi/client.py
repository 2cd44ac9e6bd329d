"""Announces, is refused, lists, releases, and gives a share to a group, with the client that openapi-python-client generated.

Arguments: the directory of the client, the address of the service, and an allowed root."""
import sys

sys.path.insert(0, sys.argv[1])

from heddle_client import Client
from heddle_client.api.fleet import delete_group, get_group_status, give_share_to_group, put_group, take_share_from_group
from heddle_client.api.holds import announce_hold, get_hold, list_holds, release_hold
from heddle_client.models import Announce, CubeFs, Members, Problem, ShareMount

client = Client(base_url=sys.argv[2])
PATH = "/python/src/App.java"

held = announce_hold.sync(client=client, path=PATH, body=Announce(agent_id="agent-7", ttl="30s", reason="rename"))
assert held.agent_id == "agent-7" and held.token > 0 and held.reason == "rename", held

refused = announce_hold.sync_detailed(client=client, path=PATH, body=Announce(agent_id="agent-8", ttl="30s"))
assert refused.status_code == 409, refused
assert isinstance(refused.parsed, Problem) and refused.parsed.type_ == "urn:heddle:problem/held-by-another", refused
assert refused.parsed.holder.agent_id == "agent-7", refused

page = list_holds.sync(client=client, prefix="/python", limit=10)
assert [hold.path for hold in page.holds] == [PATH], page
assert get_hold.sync(client=client, path=PATH).token == held.token

assert release_hold.sync(client=client, path=PATH, agent="agent-7").released is True
assert get_hold.sync_detailed(client=client, path=PATH).status_code == 404

changed = put_group.sync(client=client, group="python", body=Members(vms=["vm-8", "vm-9"]))
assert changed.group.vms == ["vm-8", "vm-9"], changed
share = ShareMount(
    mount_point=sys.argv[3] + "/python",
    cubefs=CubeFs(volume="v", masters=["10.9.0.1:17010"], owner="school", secret_key="key"),
)
given = give_share_to_group.sync(client=client, group="python", id="lib", body=share)
assert given.finished and given.total == 2 and not given.failed, given
status = get_group_status.sync(client=client, group="python")
assert [one.id for one in status.shares] == ["lib"] and status.shares[0].total == 2, status
assert take_share_from_group.sync(client=client, group="python", id="lib").finished
assert delete_group.sync_detailed(client=client, group="python").status_code == 200

print("every call answered")
