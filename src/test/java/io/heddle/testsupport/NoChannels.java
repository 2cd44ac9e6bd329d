package io.heddle.testsupport;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Settings that disable the channels which the tests of channels consume, in every other Quarkus application of the tests. */
public final class NoChannels {

    private NoChannels() {}

    /** Returns them, with other settings. */
    public static Map<String, String> and(Map<String, String> others) {
        Map<String, String> settings = new HashMap<>(others);
        List.of(
                        "hold-events",
                        "share-events",
                        "contexts-event-loop",
                        "contexts-message",
                        "contexts-ordered",
                        "contexts-unordered",
                        "contexts-shares")
                .forEach(channel -> settings.put("mp.messaging.incoming." + channel + ".enabled", "false"));
        return settings;
    }
}
