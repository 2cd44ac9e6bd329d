package io.heddle.mount.cubefs.kernel;

/**
 * A directory that is ready to be mounted on.
 *
 * @param path its real path: what the mount table will show
 * @param made whether we made the directory, and so may remove it
 */
public record MountPoint(String path, boolean made) {}
