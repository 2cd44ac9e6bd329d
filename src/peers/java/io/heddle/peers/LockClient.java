package io.heddle.peers;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * One process's connection to a {@link Peer}, through the client that Java programs use. Agents are numbers; a file is an absolute path.
 * Thread-safe; an agent makes one call at a time.
 */
interface LockClient extends AutoCloseable {

    /** Takes a file that nobody has; fails when somebody has it. */
    CompletionStage<Held> take(String file, int agent);

    /** Waits for a file and takes it. */
    CompletionStage<Held> await(String file, int agent);

    /** Calls this whenever any process takes a file, for as long as the client is open. Systems without {@link Peer.Ability#WATCH} throw. */
    void watch(Runnable taken) throws Exception;

    /** The names of so many files below a directory that are held. */
    List<String> page(String directory, int limit) throws Exception;

    @Override
    void close() throws Exception;

    /** A file that an agent has. */
    interface Held {

        /** Gives the whole ttl again. Systems without {@link Peer.Ability#RENEW} throw. */
        CompletionStage<?> renew();

        CompletionStage<?> release();
    }
}
