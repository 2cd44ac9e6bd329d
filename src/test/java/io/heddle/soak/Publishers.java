package io.heddle.soak;

import io.heddle.testsupport.CubeFsStub;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** Operators who publish shares to the VM of this service's agent, and CubeFS clients that sometimes fail. */
final class Publishers implements Load.Users {

    static final String VM = "soak-vm";
    private static final int SHARES = 5;
    private static final List<String> MODES =
            List.of("exit1 no such volume", "slow 200", "die-after 400", "ignore-term", "chatty 64");

    private final CubeFsStub stub;

    Publishers(CubeFsStub stub) {
        this.stub = stub;
    }

    @Override
    public Duration pause() {
        return Duration.ofMillis(500);
    }

    @Override
    public void act(Load load, Random random) throws IOException, InterruptedException {
        String id = "share-" + random.nextInt(SHARES);
        int drawn = random.nextInt(100);
        if (drawn < 5) {
            List<ProcessHandle> clients = stub.liveClients();
            if (!clients.isEmpty()) {
                load.tally().count("client killed");
                CubeFsStub.signal(clients.get(random.nextInt(clients.size())).pid(), "KILL");
            }
        } else if (drawn < 30) {
            load.ask("unmount", "DELETE", shares(id), "", 202);
        } else {
            boolean failing = drawn < 40;
            String mode = failing ? MODES.get(random.nextInt(MODES.size())) : "";
            stub.volume(id);
            stub.mode(id, mode);
            String kind = failing ? "mount, client " + mode.split(" ", 2)[0] : "mount";
            load.ask(kind, "PUT", shares(id), share(id, random.nextBoolean()), 202);
        }
    }

    @Override
    public void leave(Load load) throws IOException, InterruptedException {
        for (int share = 0; share < SHARES; share++) {
            load.ask("unmount", "DELETE", shares("share-" + share), "", 202);
        }
    }

    private String share(String id, boolean readonly) {
        return """
                {"mount_point":"%s","readonly":%b,"cubefs":{"volume":"%s","masters":["10.9.0.1:17010"],"owner":"soak",
                 "access_key":"key","secret_key":"secret"}}""".formatted(stub.shares().resolve(id), readonly, id);
    }

    private static String shares(String id) {
        return "/api/v1/vms/" + VM + "/shares/" + id;
    }
}
