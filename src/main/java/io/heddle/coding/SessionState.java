package io.heddle.coding;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session as this process knows it.
 *
 * @param contact what it said about itself
 * @param lastContact when it was last in contact with this process; null when it was only seen in the bucket
 * @param holds its holds, sorted by path
 * @param waitsFor the files and directories that it waits for, at this process
 */
public record SessionState(Contact contact, @Nullable Instant lastContact, List<Hold> holds, List<FilePath> waitsFor) {}
