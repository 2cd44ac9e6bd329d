package io.heddle.fleet;

import static io.heddle.fleet.FleetRig.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.mount.ShareMessages;
import io.heddle.testsupport.NatsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Fault V1: a message of another client for something that is no VM id stops nothing for the VMs that are. */
class BadVmIdTest {

    private static final byte[] SHARE = ShareMessages.toBytes(FleetRig.share("data", "volume"));

    @Test
    void aBadIdInTheStreamStopsNoOtherVm() throws Exception {
        try (FleetRig rig = new FleetRig(NatsServer.started())) {
            rig.replica(); // creates the stream
            await().atMost(SOON).until(() -> streamExists(rig));
            for (String bad : new String[] {"f\u00fcr", "\u65e5\u672c", "x".repeat(300), "vm\u2028"}) {
                publishRaw(rig, "weft.mounts." + bad, SHARE);
            }
            publishRaw(rig, "weft.mounts.vm-1", SHARE);
            rig.client()
                    .createDispatcher(request -> rig.client().publish(request.getReplyTo(), status("vm-1")))
                    .subscribe("weft.mounts.vm-1.status.get");
            rig.client().flush(SOON);

            Fleet later = rig.replica();

            await().atMost(SOON).until(() -> later.vms()
                    .get("vm-1")
                    .map(vm -> vm.agent() == NodeAgentPresence.LIVE && vm.inSync())
                    .orElse(false));
            assertThat(later.vms().page("", 100, false)).extracting(VmView::vm).containsExactly("vm-1");
            publishRaw(rig, "weft.mounts.f\u00fcr.status", status("f\u00fcr"));
            publishRaw(rig, "weft.mounts." + "x".repeat(300) + ".status", status("x".repeat(300), "vm-3"));
            publishRaw(rig, "weft.mounts.vm-2.status", status("vm-2"));
            await().atMost(SOON).until(() -> later.vms().get("vm-2").isPresent());
            assertThat(later.vms().page("", 100, false)).extracting(VmView::vm).containsExactly("vm-1", "vm-2");
        }
    }

    private static byte[] status(String vm) {
        return status(vm, vm);
    }

    private static byte[] status(String vm, String alias) {
        return ("{\"vm\":\"" + vm + "\",\"vm_ids\":[\"" + alias
                        + "\"],\"version\":\"1\",\"time\":\"2026-01-01T00:00:00Z\","
                        + "\"mode\":\"jetstream\",\"shares\":[{\"id\":\"data\",\"state\":\"MOUNTED\","
                        + "\"since\":\"2026-01-01T00:00:00Z\",\"attempts\":1,\"mount_point\":\"/workspace/data\","
                        + "\"backend\":\"cubefs\",\"readonly\":false}]}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static boolean streamExists(FleetRig rig) throws Exception {
        return rig.client().jetStreamManagement().getStreamNames().contains("weft-mounts");
    }

    /** As a client in another language may: our own refuses such subjects. */
    private static void publishRaw(FleetRig rig, String subject, byte[] data) throws IOException {
        URI server = URI.create(rig.server.url());
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            String head =
                    "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPUB " + subject + " " + data.length + "\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().write(data);
            socket.getOutputStream().write("\r\nPING\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            InputStream answers = socket.getInputStream();
            StringBuilder read = new StringBuilder();
            while (!read.toString().contains("PONG")) {
                int next = answers.read();
                assertThat(next).as(read.toString()).isNotNegative();
                read.append((char) next);
            }
        }
    }
}
