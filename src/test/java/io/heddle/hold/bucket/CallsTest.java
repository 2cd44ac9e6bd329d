package io.heddle.hold.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallsTest {

    private final Calls calls = new Calls();
    private final List<String> handedBack = new ArrayList<>();
    private final UniAssertSubscriber<String> caller = UniAssertSubscriber.create();

    @Test
    void anAnswerThatCrossesACancellationIsHandedBack() {
        Uni<String> call = calls.runCancellable(
                () -> Uni.createFrom().item(() -> {
                    caller.cancel();
                    return "granted";
                }),
                handedBack::add);

        call.subscribe().withSubscriber(caller);

        caller.assertNotTerminated();
        assertThat(handedBack).containsExactly("granted");
    }

    @Test
    void anAnswerIsGivenOnce() {
        calls.runCancellable(() -> Uni.createFrom().item("granted"), handedBack::add)
                .subscribe()
                .withSubscriber(caller);

        caller.assertCompleted().assertItem("granted");
        assertThat(handedBack).isEmpty();
    }
}
