package io.heddle.mount.cubefs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.mount.Secret;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareMount.Action;
import io.heddle.mount.backend.ShareSource;
import io.heddle.mount.backend.SpecDigest;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A field that is added to a share must not be forgotten in its digest: a mount without it would be adopted as the same. */
class SpecDigestTest {

    private static final CubeFs SOURCE =
            new CubeFs("volume", List.of("m:1", "m:2"), "owner", Secret.of("AK"), Secret.of("SK"), "a/b");
    private static final ShareMount SHARE = share(SOURCE);

    @Test
    void theSameShareMatchesWhateverTheSalt() {
        assertThat(SpecDigest.of(SHARE).matches(SHARE)).isTrue();
        assertThat(SpecDigest.of(SHARE).value())
                .isNotEqualTo(SpecDigest.of(SHARE).value());
    }

    @Test
    void everyComponentOfTheSourceChangesTheDigestAndTheConfigurationOfTheClient() throws Exception {
        for (RecordComponent component : CubeFs.class.getRecordComponents()) {
            ShareMount other = share((CubeFs) withAnother(SOURCE, component));

            assertThat(SpecDigest.of(SHARE).matches(other))
                    .as(component.getName())
                    .isFalse();
            assertThat(clientConfig(other)).as(component.getName()).isNotEqualTo(clientConfig(SHARE));
        }
    }

    @Test
    void everyComponentOfTheShareChangesTheDigest() throws Exception {
        for (RecordComponent component : ShareMount.class.getRecordComponents()) {
            if (!component.getName().equals("backend") && !component.getType().equals(ShareSource.class)) {
                ShareMount other = (ShareMount) withAnother(SHARE, component);

                assertThat(SpecDigest.of(SHARE).matches(other))
                        .as(component.getName())
                        .isFalse();
            }
        }
    }

    private static Object withAnother(Record record, RecordComponent changed) throws ReflectiveOperationException {
        RecordComponent[] components = record.getClass().getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = components[i].getAccessor().invoke(record);
            if (components[i].getName().equals(changed.getName())) {
                values[i] = another(values[i]);
            }
        }
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        return record.getClass().getDeclaredConstructor(types).newInstance(values);
    }

    /** Fails for a component of a new type: say here what another value of it is. */
    private static Object another(Object value) {
        if (value instanceof String text) {
            return text + "x";
        } else if (value instanceof Secret secret) {
            return Secret.of(secret.reveal() + "x");
        } else if (value instanceof Boolean flag) {
            return !flag;
        } else if (value instanceof Action) {
            return Action.UNMOUNT;
        } else if (value instanceof List<?>) {
            return List.of("other:1");
        }
        throw new AssertionError("no other value of " + value.getClass());
    }

    private static Object clientConfig(ShareMount share) throws Exception {
        return new ObjectMapper().readTree(ClientConfig.json(share, "/mnt", Path.of("/log"), "warn"));
    }

    private static ShareMount share(CubeFs source) {
        return new ShareMount("data", Action.MOUNT, ShareMount.CUBEFS, "/workspace/data", false, source);
    }
}
