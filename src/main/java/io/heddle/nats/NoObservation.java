package io.heddle.nats;

/** Nobody looks. */
enum NoObservation implements Observation<Object> {
    INSTANCE
}
