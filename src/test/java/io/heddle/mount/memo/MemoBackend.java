package io.heddle.mount.memo;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.ShareRules;
import io.heddle.mount.backend.Backend;
import io.heddle.mount.backend.JsonFields;
import io.heddle.mount.backend.ShareSource;
import java.util.Set;

/** A third backend, as someone else would add it: a share is a file with a text. It refuses fields that it does not know. */
public final class MemoBackend implements Backend {

    static final String NAME = "memo";

    /** @param text the content of the file */
    record Memo(String text) implements ShareSource {
        @Override
        public ObjectNode encode() {
            return JsonNodeFactory.instance.objectNode().put("text", text);
        }

        @Override
        public String path() {
            return "memos";
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String engine() {
        return NAME;
    }

    @Override
    public ShareSource decode(JsonFields part, ShareRules rules) {
        if (!Set.of("text").containsAll(part.names())) {
            throw new ShareRefusedException(Reason.SOURCE, "memo has a field other than text");
        }
        return new Memo(part.text("text"));
    }

    @Override
    public String shown(JsonFields part) {
        return part.text("text").length() + " characters";
    }
}
