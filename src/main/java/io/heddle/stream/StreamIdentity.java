package io.heddle.stream;

import java.time.Instant;

/**
 * The identity of a stream: a recreated stream has the same name and another creation time, and its sequences are unrelated to those
 * of the first.
 */
public record StreamIdentity(String name, Instant created) {}
