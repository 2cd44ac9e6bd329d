package io.heddle.coding;

/** A project's settings or name are invalid. The message names the file and what to set. */
public final class ProjectNameException extends RuntimeException {

    ProjectNameException(String message) {
        super(message);
    }
}
