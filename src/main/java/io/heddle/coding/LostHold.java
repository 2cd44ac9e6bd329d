package io.heddle.coding;

import io.heddle.hold.FilePath;

/**
 * A hold that ended without its session's doing.
 *
 * @param token the fencing token that no longer counts
 * @param why a clause, such as {@code it expired}
 */
public record LostHold(FilePath file, long token, String why) {}
