/**
 * The control plane: publishes shares to VMs and to groups of VMs, and returns the status of all VMs.
 *
 * <p>A change: {@link io.heddle.fleet.Groups} stores it in the group's record, {@code GroupRun} publishes it and removes it from the
 * record, and {@code GroupRuns} resumes the changes of a replica that died. Desired and reported state come in through {@code DesiredFeed}
 * and {@code StatusFeed}, and are read through {@link io.heddle.fleet.Vms}.
 */
@NullMarked
package io.heddle.fleet;

import org.jspecify.annotations.NullMarked;
