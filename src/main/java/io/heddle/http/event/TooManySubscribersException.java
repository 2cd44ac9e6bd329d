package io.heddle.http.event;

/** An address has as many streams of events open as it may have. */
public final class TooManySubscribersException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TooManySubscribersException(String address, int limit) {
        super(address + " has " + limit + " streams of events open already: heddle.http.max-subscribers-per-address");
    }
}
