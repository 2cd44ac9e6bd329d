package io.heddle.hold.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldName;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.smallrye.mutiny.subscription.UniSubscriber;
import io.smallrye.mutiny.subscription.UniSubscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
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

    /** Mutiny's subscribers mark themselves as cancelled, drop an answer that comes now, and then cancel their subscription. */
    @Test
    void anAnswerThatItsCancelledCallerDroppedIsHandedBack() {
        calls.run(() -> Uni.createFrom().item("granted"), handedBack::add)
                .subscribe()
                .withSubscriber(new UniSubscriber<String>() {
                    private UniSubscription subscription;

                    @Override
                    public void onSubscribe(UniSubscription begun) {
                        subscription = begun;
                    }

                    @Override
                    public void onItem(String dropped) {
                        CompletableFuture.runAsync(subscription::cancel).join();
                    }

                    @Override
                    public void onFailure(Throwable failure) {
                        throw new AssertionError(failure);
                    }
                });

        assertThat(handedBack).containsExactly("granted");
    }

    @Test
    void theCallsThatChangeAFileRunOneAfterAnother() {
        List<UniEmitter<? super String>> begun = new CopyOnWriteArrayList<>();
        List<String> answers = new CopyOnWriteArrayList<>();
        Uni<String> call = calls.change(
                HoldName.of(FilePath.of("/f")), () -> Uni.createFrom().emitter(begun::add));
        Uni<String> another = calls.change(
                HoldName.of(FilePath.of("/g")), () -> Uni.createFrom().emitter(begun::add));
        call.subscribe().with(answers::add);
        call.subscribe().with(answers::add);

        another.subscribe().with(answers::add);
        assertThat(begun).as("the second call of /f waits").hasSize(2);
        begun.get(0).complete("first");
        await().until(() -> begun.size() == 3);
        begun.get(2).complete("second");
        begun.get(1).complete("another file's");

        assertThat(answers).containsExactly("first", "second", "another file's");
    }

    @Test
    void aCallThatIsNotAnsweredDoesNotStopThoseAfterIt() {
        List<String> answers = new CopyOnWriteArrayList<>();
        HoldName file = HoldName.of(FilePath.of("/f"));
        calls.change(file, () -> Uni.createFrom().<String>nothing()).subscribe().with(answers::add);

        calls.change(file, () -> Uni.createFrom().item("second")).subscribe().with(answers::add);

        await().atMost(Duration.ofSeconds(30)).until(() -> answers.equals(List.of("second")));
    }

    @Test
    void aFailureLetsTheNextCallBegin() {
        HoldName file = HoldName.of(FilePath.of("/f"));
        for (int i = 0; i < 10_000; i++) {
            calls.change(file, () -> Uni.createFrom().failure(new IllegalStateException("refused")))
                    .subscribe()
                    .withSubscriber(UniAssertSubscriber.create());
        }

        calls.change(file, () -> Uni.createFrom().item("granted")).subscribe().withSubscriber(caller);

        caller.awaitItem().assertItem("granted");
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
