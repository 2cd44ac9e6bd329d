package io.heddle.k8s;

import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.heddle.testsupport.NatsServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A pod of the StatefulSet {@code nats} as processes on this machine: nats-server and the reloader, with the rendered files. Paths, ports
 * and the addresses of the routes are those of this machine; everything else is as rendered.
 */
final class BrokerPod implements AutoCloseable {

    private final Manifests manifests;
    private final int number;
    private final Path directory;
    private final List<Ports> ports;
    private Process server;
    private Process reloader;

    record Ports(int client, int cluster, int monitor) {}

    private BrokerPod(Manifests manifests, int number, Path directory, List<Ports> ports) {
        this.manifests = manifests;
        this.number = number;
        this.directory = directory;
        this.ports = ports;
    }

    /** The pods of the StatefulSet, not started. */
    static List<BrokerPod> of(Manifests manifests, Path directory) throws IOException {
        int replicas = manifests.one(StatefulSet.class, "nats").getSpec().getReplicas();
        List<ServerSocket> sockets = new ArrayList<>();
        List<Ports> ports = new ArrayList<>();
        for (int i = 0; i < replicas; i++) {
            for (int j = 0; j < 3; j++) {
                sockets.add(new ServerSocket(0));
            }
            ports.add(new Ports(
                    sockets.get(3 * i).getLocalPort(),
                    sockets.get(3 * i + 1).getLocalPort(),
                    sockets.get(3 * i + 2).getLocalPort()));
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        List<BrokerPod> pods = new ArrayList<>();
        for (int i = 0; i < replicas; i++) {
            pods.add(new BrokerPod(manifests, i, directory.resolve("nats-" + i), ports));
        }
        return pods;
    }

    /** Writes the files of the pod, or replaces them as the kubelet does when a Secret changes. */
    void project(Bootstrap bootstrap) throws IOException {
        PodSpec pod = pod();
        PodFiles files = new PodFiles(List.of(manifests, bootstrap.objects()));
        for (Volume volume : pod.getVolumes()) {
            if (volume.getEmptyDir() == null) {
                files.write(volume, "heddle", Files.createDirectories(directory.resolve(volume.getName())));
            }
        }
        Files.createDirectories(directory.resolve("run"));
        // The link of the name is replaced by a file: the server of this machine has other ports than that of the pod.
        Path configuration = directory.resolve("config/nats.conf");
        String text = local(Files.readString(directory.resolve("config/..data/nats.conf")));
        Files.deleteIfExists(configuration);
        Files.writeString(configuration, text);
    }

    private String local(String configuration) {
        String text = configuration
                .replace("/etc/nats", directory.resolve("config").toString())
                .replace("/run/nats", directory.resolve("run").toString())
                .replace("/data", directory.resolve("data").toString())
                .replace("0.0.0.0:4222", "127.0.0.1:" + own().client())
                .replace("0.0.0.0:6222", "127.0.0.1:" + own().cluster())
                .replace("0.0.0.0:8222", "127.0.0.1:" + own().monitor());
        for (int i = 0; i < ports.size(); i++) {
            text = text.replace(
                    "nats-" + i + ".nats-headless:6222",
                    "127.0.0.1:" + ports.get(i).cluster());
        }
        return text;
    }

    private PodSpec pod() {
        return manifests.one(StatefulSet.class, "nats").getSpec().getTemplate().getSpec();
    }

    private Ports own() {
        return ports.get(number);
    }

    String url() {
        return "tls://127.0.0.1:" + own().client();
    }

    /** Starts both processes. */
    void start() throws IOException {
        server = process(
                "nats",
                NatsServer.binary(),
                "--config",
                directory.resolve("config/nats.conf").toString());
        List<String> command = pod().getContainers().stream()
                .filter(container -> container.getName().equals("reloader"))
                .findFirst()
                .orElseThrow()
                .getCommand();
        List<String> local = new ArrayList<>(command.stream()
                .map(argument -> argument.replace(
                                "/opt/reloader", directory.resolve("reloader").toString())
                        .replace("/etc/nats", directory.resolve("config").toString())
                        .replace("/run/nats", directory.resolve("run").toString()))
                .toList());
        local.add("1"); // looks every second, so that the test does not take long
        reloader = process("reloader", local.toArray(String[]::new));
    }

    private Process process(String name, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve(name + ".log").toFile()));
        builder.environment().putAll(Map.of("POD_NAME", "nats-" + number));
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return process;
    }

    /** As Kubernetes ends a pod. */
    void stop() throws InterruptedException {
        for (Process process : List.of(reloader, server)) {
            process.destroy();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        }
    }

    /** What the readiness probe asks. */
    boolean isReady() {
        try {
            String path = pod().getContainers()
                    .get(0)
                    .getReadinessProbe()
                    .getHttpGet()
                    .getPath();
            return monitor(path).contains("\"ok\"");
        } catch (IOException e) {
            return false;
        }
    }

    String monitor(String path) throws IOException {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + own().monitor() + path))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    String log() throws IOException {
        return Files.readString(directory.resolve("nats.log"));
    }

    @Override
    public void close() {
        for (Process process : new Process[] {reloader, server}) {
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }
}
