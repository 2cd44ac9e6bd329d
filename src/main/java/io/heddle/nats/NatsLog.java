package io.heddle.nats;

import static org.jboss.logging.Logger.Level.DEBUG;
import static org.jboss.logging.Logger.Level.ERROR;
import static org.jboss.logging.Logger.Level.INFO;
import static org.jboss.logging.Logger.Level.WARN;

import java.lang.invoke.MethodHandles;
import org.jboss.logging.BasicLogger;
import org.jboss.logging.Logger;
import org.jboss.logging.annotations.Cause;
import org.jboss.logging.annotations.LogMessage;
import org.jboss.logging.annotations.Message;
import org.jboss.logging.annotations.MessageLogger;
import org.jboss.logging.annotations.ValidIdRange;

/** The messages of this room: HDL0001 to HDL0099. */
@MessageLogger(projectCode = "HDL", length = 4)
@ValidIdRange(min = 1, max = 99)
interface NatsLog extends BasicLogger {

    NatsLog LOG = Logger.getMessageLogger(MethodHandles.lookup(), NatsLog.class, "io.heddle.nats");

    @LogMessage(level = INFO)
    @Message(id = 1, value = "Connected to %s (nats-server %s)")
    void connected(String url, ServerVersion version);

    @LogMessage(level = WARN)
    @Message(id = 2, value = "Disconnected from the broker; reconnecting until it is back")
    void disconnected();

    @LogMessage(level = WARN)
    @Message(id = 3, value = "No broker yet: %s; trying again until there is one")
    void notYetConnected(String reason);

    @LogMessage(level = ERROR)
    @Message(
            id = 4,
            value = "nats-server %s is older than %s: its compare-and-set is not safe, so this service is not ready. "
                    + "Upgrade the server, or set heddle.nats.allow-unsafe-server=true")
    void unsafeServer(ServerVersion version, ServerVersion minimum);

    @LogMessage(level = WARN)
    @Message(
            id = 5,
            value = "nats-server %s is older than %s: its compare-and-set is not safe (allowed by "
                    + "heddle.nats.allow-unsafe-server)")
    void unsafeServerAllowed(ServerVersion version, ServerVersion minimum);

    @LogMessage(level = WARN)
    @Message(id = 6, value = "The broker says: %s")
    void brokerError(String error);

    @LogMessage(level = DEBUG)
    @Message(id = 7, value = "Connection trouble: %s")
    void trouble(String error);

    @LogMessage(level = INFO)
    @Message(id = 8, value = "Started a local nats-server with JetStream at %s (development only; data in %s)")
    void localServerStarted(String url, String directory);

    @LogMessage(level = ERROR)
    @Message(id = 9, value = "A listener of the connection failed")
    void listenerFailed(@Cause Throwable cause);

    @LogMessage(level = WARN)
    @Message(id = 10, value = "The broker connection was given up by the client library (%s); starting a new one")
    void connectionGivenUp(String reason);

    @LogMessage(level = WARN)
    @Message(id = 11, value = "The broker drops messages for a slow consumer of this process (%d dropped so far)")
    void slowConsumer(long dropped);

    @LogMessage(level = WARN)
    @Message(
            id = 12,
            value = "Broker connection: requests are not answered, or their answers are not permitted; reconnecting")
    void noAnswers();
}
