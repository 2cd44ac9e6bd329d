/**
 * The control plane: publishes shares to VMs and to groups of VMs, and tells how the shares of all VMs stand.
 *
 * <p>The story of a change: {@link io.heddle.fleet.Groups} writes it into the group's record, {@code GroupRun} publishes what it
 * asks for and takes it out of the record again, and {@code Resumption} does the same for a replica that died. What the VMs make of
 * it comes in through {@code StatusFeed} and {@code DesiredFeed}, and goes out through {@link io.heddle.fleet.Vms}.
 */
@NullMarked
package io.heddle.fleet;

import org.jspecify.annotations.NullMarked;
