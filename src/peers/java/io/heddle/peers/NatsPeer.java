package io.heddle.peers;

import io.heddle.testsupport.NatsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What Heddle and the Go-like holder have in common: nats-server with JetStream. */
abstract class NatsPeer implements Peer {

    @Override
    public final Set<Ability> abilities() {
        return EnumSet.allOf(Ability.class);
    }

    @Override
    public final Servers start(Setup setup) throws IOException {
        Servers servers = new Servers("nats", setup.members);
        List<Integer> routes = Servers.freePorts(setup.members);
        String addresses = routes.stream()
                .map(route -> "\"nats://127.0.0.1:" + route + "\"")
                .collect(Collectors.joining(", "));
        for (int i = 0; i < setup.members; i++) {
            Path store = servers.directory().resolve("store-" + i);
            List<String> lines = new ArrayList<>(List.of(
                    "server_name: peer-" + i,
                    "listen: 127.0.0.1:" + servers.ports().get(i),
                    "jetstream { store_dir: \"" + store + "\"" + (setup.synced ? ", sync_interval: always" : "")
                            + " }"));
            if (setup.members > 1) {
                lines.add("cluster { name: peers, listen: \"127.0.0.1:" + routes.get(i) + "\", routes: [" + addresses
                        + "] }");
            }
            Path config = servers.directory().resolve("server-" + i + ".conf");
            Files.write(config, lines);
            servers.start(List.of(NatsServer.binary(), "--config", config.toString()));
        }
        return servers.accepting();
    }

    static String urls(List<Integer> ports) {
        return ports.stream().map(port -> "nats://127.0.0.1:" + port).collect(Collectors.joining(","));
    }
}
