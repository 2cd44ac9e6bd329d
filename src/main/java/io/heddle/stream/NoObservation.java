package io.heddle.stream;

/** Nobody looks. */
enum NoObservation implements Observation<Object> {
    INSTANCE
}
