package io.heddle.mount;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.heddle.mount.ShareMount.Action;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.backend.Backend;
import io.heddle.mount.backend.Backends;
import io.heddle.mount.backend.JsonFields;
import io.heddle.mount.backend.ShareSource;
import io.heddle.text.Text;
import org.jspecify.annotations.Nullable;

/** Share messages to and from JSON: the same result as in the Go programs that share the subjects. */
final class ShareCodec {

    private static final JsonMapper MAPPER = new JsonMapper();

    private static final int LONGEST_SHOWN = 64;

    private ShareCodec() {}

    /** @throws ShareRefusedException when a field breaks a rule that does not depend on the machine; it repeats no credential */
    static ShareMount decode(String id, JsonFields fields, ShareRules rules) {
        if (fields.fault() != null) {
            throw new ShareRefusedException(Reason.DECODE, "decode: " + fields.fault());
        }
        String mountPoint = fields.text("mount_point");
        boolean readonly = fields.flag("readonly");
        Action action = action(fields.text("action"));
        String backend = fields.text("backend").isEmpty() ? ShareMount.CUBEFS : fields.text("backend");
        ShareMount.requireId(id);
        return new ShareMount(id, action, backend, mountPoint, readonly, source(action, backend, fields, rules));
    }

    private static Action action(String name) {
        return switch (name) {
            case "", "mount" -> Action.MOUNT;
            case "unmount" -> Action.UNMOUNT;
            default -> throw new ShareRefusedException(Reason.ACTION, "unknown action '" + shown(name) + "'");
        };
    }

    private static @Nullable ShareSource source(Action action, String name, JsonFields fields, ShareRules rules) {
        if (!name.equals(ShareMount.VIRTIO_9P) && Backends.find(name) == null) {
            throw new ShareRefusedException(Reason.BACKEND, "unsupported backend '" + shown(name) + "'");
        }
        ShareSource source = null;
        for (Backend backend : Backends.all()) {
            JsonFields part = fields.object(backend.name());
            if (part != null && action == Action.MOUNT && backend.name().equals(name)) {
                source = backend.decode(part, rules);
            } else if (part != null) {
                requireTypes(backend, part, rules);
            }
        }
        return source;
    }

    /** Refuses a part that is not needed only for values of the wrong type, as Go does. */
    private static void requireTypes(Backend backend, JsonFields part, ShareRules rules) {
        try {
            var unused = backend.decode(part, rules);
        } catch (ShareRefusedException e) {
            if (e.reason() == Reason.DECODE) {
                throw e;
            }
        }
    }

    /** Returns the message, credentials included. */
    static ObjectNode encode(ShareMount share) {
        ObjectNode message = JsonNodeFactory.instance
                .objectNode()
                .put("id", share.id())
                .put("action", share.action().wireName())
                .put("backend", share.backend());
        if (!share.mountPoint().isEmpty()) {
            message.put("mount_point", share.mountPoint());
        }
        if (share.readonly()) {
            message.put("readonly", true);
        }
        ShareSource source = share.source();
        return source == null ? message : message.set(share.backend(), source.encode());
    }

    static byte[] bytes(ObjectNode message) {
        try {
            return MAPPER.writeValueAsBytes(message);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a share could not be written as JSON", e);
        }
    }

    private static String shown(String text) {
        return Text.printable(text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) + "…" : text);
    }
}
