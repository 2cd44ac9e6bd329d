package io.heddle.stream;

import java.time.Instant;

/**
 * Which stream it is: a stream that was deleted and made again has the same name and another time of creation, and its
 * sequences have nothing to do with those of the first.
 */
public record StreamIdentity(String name, Instant created) {}
