package io.heddle.testsupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeoutException;

/**
 * The agents of many VMs, as far as the control plane can tell: they get what is published and report on it, over one connection.
 * Shares of the VMs that fail are RETRYING with an error.
 */
public final class SimulatedVms implements AutoCloseable {

    private static final String PREFIX = "weft.mounts.";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Connection connection;
    private final String names;
    private final Set<String> failing;
    private final Map<String, Map<String, String>> shares = new ConcurrentHashMap<>();

    /**
     * @param names what the ids of these VMs begin with
     * @param failing the ids of those that fail
     */
    public SimulatedVms(String url, String names, Set<String> failing)
            throws IOException, InterruptedException, TimeoutException {
        this.connection = Nats.connect(url);
        this.names = names;
        this.failing = failing;
        connection.createDispatcher(this::received).subscribe("weft.mounts.*").subscribe("weft.mounts.*.status.get");
        connection.flush(Duration.ofSeconds(5));
    }

    private void received(Message message) {
        String vm = message.getSubject().substring(PREFIX.length());
        if (!vm.startsWith(names)) {
            return;
        }
        try {
            if (vm.endsWith(".status.get")) {
                vm = vm.substring(0, vm.length() - ".status.get".length());
                connection.publish(message.getReplyTo(), status(vm));
                return;
            }
            JsonNode share = MAPPER.readTree(message.getData());
            String id = share.path("id").asText();
            boolean mount = share.path("action").asText().equals("mount");
            String state = !mount ? "UNMOUNTED" : failing.contains(vm) ? "RETRYING" : "MOUNTED";
            shares.computeIfAbsent(vm, key -> new ConcurrentSkipListMap<>()).put(id, """
                            {"id": "%s", "state": "%s", "since": "%s", "attempts": 1, %s "mount_point": "%s",
                             "backend": "cubefs", "readonly": false}""".formatted(
                            id,
                            state,
                            Instant.now(),
                            state.equals("RETRYING") ? "\"error\": \"no such volume\"," : "",
                            share.path("mount_point").asText()));
            connection.publish(PREFIX + vm + ".status", status(vm));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private byte[] status(String vm) {
        return """
                {"vm": "%s", "vm_ids": ["%s"], "version": "simulated", "time": "%s", "mode": "jetstream", "shares": [%s]}""".formatted(
                        vm,
                        vm,
                        Instant.now(),
                        String.join(",", shares.getOrDefault(vm, Map.of()).values()))
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws InterruptedException {
        connection.close();
    }
}
