package io.heddle.http.fleet;

/** There is no control plane in this process. */
final class FleetDisabledException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    FleetDisabledException() {
        super("heddle.fleet.enabled is false here");
    }
}
