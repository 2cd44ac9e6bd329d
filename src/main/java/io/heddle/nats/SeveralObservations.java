package io.heddle.nats;

import io.nats.client.impl.Headers;
import java.util.List;

/** Several that look at one operation. */
record SeveralObservations<R>(List<Observation<R>> all) implements Observation<R> {

    @Override
    public void carry(Headers headers) {
        all.forEach(one -> one.carry(headers));
    }

    @Override
    public void succeeded(R result) {
        all.forEach(one -> one.succeeded(result));
    }

    @Override
    public void failed(Throwable failure) {
        all.forEach(one -> one.failed(failure));
    }
}
