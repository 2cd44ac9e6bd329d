package io.heddle.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SerialLoopTest {

    private final List<Object> seen = new ArrayList<>();

    @Test
    void goesOnAfterAnError() {
        SerialLoop loop = new SerialLoop(() -> seen.add("after"), seen::add);
        Error error = new StackOverflowError();

        loop.run(() -> {
            throw error;
        });
        loop.run(() -> seen.add("next"));

        assertThat(seen).containsExactly(error, "next", "after");
    }

    @Test
    void goesOnWhenTheHandlerOfFailuresFails() {
        SerialLoop loop = new SerialLoop(() -> {}, failure -> {
            throw new IllegalStateException(failure);
        });

        loop.run(() -> {
            throw new StackOverflowError();
        });
        loop.run(() -> seen.add("next"));

        assertThat(seen).containsExactly("next");
    }

    @Test
    void doesNotRecurse() {
        SerialLoop loop = new SerialLoop(() -> {}, seen::add);

        loop.run(() -> {
            loop.run(() -> seen.add("inner"));
            seen.add("outer");
        });

        assertThat(seen).containsExactly("outer", "inner");
    }
}
