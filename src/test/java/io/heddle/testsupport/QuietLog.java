package io.heddle.testsupport;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Nothing is logged below a category until it is closed: what is refused a hundred thousand times is not to fill the disk. */
public final class QuietLog implements AutoCloseable {

    private final Logger logger;
    private final Level before;

    private QuietLog(Logger logger) {
        this.logger = logger;
        this.before = logger.getLevel();
        logger.setLevel(Level.OFF);
    }

    public static QuietLog of(String category) {
        return new QuietLog(Logger.getLogger(category));
    }

    @Override
    public void close() {
        logger.setLevel(before);
    }
}
