/** File holds in a key-value bucket: key codec, value codec, the compare-and-set rules, leases, hold events. See docs/holds.md. */
@NullMarked
package io.heddle.hold;

import org.jspecify.annotations.NullMarked;
