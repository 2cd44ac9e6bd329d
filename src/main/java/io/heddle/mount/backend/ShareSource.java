package io.heddle.mount.backend;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Where the data of a share comes from: the valid, immutable content of a backend's part of the message. {@code equals} compares
 * the whole content, {@code toString} shows no credential.
 */
public interface ShareSource {

    /**
     * Returns the part as it is published, credentials included, without fields that have their default. Equal sources give equal
     * parts: {@link SpecDigest} is derived from them.
     */
    ObjectNode encode();

    /** Returns the directory that the directory engine shows for this source: relative, without {@code ..}, not empty. */
    String path();
}
