import io.heddle.client.ApiClient;
import io.heddle.client.ApiException;
import io.heddle.client.api.FleetApi;
import io.heddle.client.api.HoldsApi;
import io.heddle.client.model.Announce;
import io.heddle.client.model.CubeFs;
import io.heddle.client.model.FanOutLine;
import io.heddle.client.model.GroupStatus;
import io.heddle.client.model.Hold;
import io.heddle.client.model.HoldList;
import io.heddle.client.model.Members;
import io.heddle.client.model.Problem;
import io.heddle.client.model.ShareMount;
import java.util.List;
import java.util.Objects;

/**
 * Announces, is refused, lists, releases, and gives a share to a group, with the client that openapi-generator generated. Arguments: the
 * address of the service, and an allowed root.
 */
public final class Client {

    private static final String PATH = "/java/src/App.java";

    private Client() {}

    /** Makes a call that must be refused. */
    private interface Call {
        void run() throws ApiException;
    }

    public static void main(String[] arguments) throws Exception {
        ApiClient client = new ApiClient();
        client.updateBaseUri(arguments[0]);
        holds(client);
        groups(client, arguments[1]);
        System.out.println("every call answered");
    }

    private static void holds(ApiClient client) throws Exception {
        HoldsApi holds = new HoldsApi(client);
        Hold held = holds.announceHold(PATH, new Announce().agentId("agent-7").ttl("30s").reason("rename"));
        check(held.getAgentId().equals("agent-7") && held.getToken() > 0, held);

        ApiException refused =
                refusal(() -> holds.announceHold(PATH, new Announce().agentId("agent-8").ttl("30s")), 409);
        Problem problem = client.getObjectMapper().readValue(refused.getResponseBody(), Problem.class);
        check(problem.getType().equals("urn:heddle:problem/held-by-another"), problem);
        check(Objects.requireNonNull(problem.getHolder()).getAgentId().equals("agent-7"), problem);

        HoldList page = holds.listHolds("/java", null, 10, null);
        check(page.getHolds().size() == 1 && page.getHolds().get(0).getPath().equals(PATH), page);
        check(holds.getHold(PATH, null).getToken().equals(held.getToken()), held);

        check(
                holds.releaseHold(PATH, null, "agent-7", null, null, null)
                        .getReleased()
                        .getActualInstance()
                        .equals(true),
                "released");
        refusal(() -> holds.getHold(PATH, null), 404);
    }

    private static void groups(ApiClient client, String root) throws Exception {
        FleetApi fleet = new FleetApi(client);
        fleet.putGroup("java", new Members().vms(List.of("vm-8", "vm-9")));
        ShareMount share = new ShareMount()
                .mountPoint(root + "/java")
                .cubefs(new CubeFs()
                        .volume("v")
                        .masters(List.of("10.9.0.1:17010"))
                        .owner("school")
                        .secretKey("key"));
        FanOutLine given = fleet.giveShareToGroup("java", "lib", share);
        check(given.getFinished() && given.getTotal() == 2 && given.getFailed().isEmpty(), given);
        GroupStatus status = fleet.getGroupStatus("java");
        check(status.getShares().size() == 1 && status.getShares().get(0).getTotal() == 2, status);
        check(fleet.takeShareFromGroup("java", "lib").getFinished(), "taken");
        check(fleet.deleteGroup("java").getFailed().isEmpty(), "deleted");
    }

    private static ApiException refusal(Call call, int status) {
        try {
            call.run();
        } catch (ApiException e) {
            check(e.getCode() == status, e);
            return e;
        }
        throw new AssertionError("not refused");
    }

    private static void check(boolean holds, Object seen) {
        if (!holds) {
            throw new AssertionError(String.valueOf(seen));
        }
    }
}
