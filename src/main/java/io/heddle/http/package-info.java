/** REST, server-sent events and the page. Maps requests and responses only. */
@NullMarked
package io.heddle.http;

import org.jspecify.annotations.NullMarked;
