/** The one NATS connection: configuration, credentials, TLS, reconnecting for ever, the server-version gate and the local development server. */
@NullMarked
package io.heddle.nats;

import org.jspecify.annotations.NullMarked;
