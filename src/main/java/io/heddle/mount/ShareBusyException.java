package io.heddle.mount;

/** An unmount was refused because files in the share are open. The share keeps being served; the unmount is tried again. */
public class ShareBusyException extends ShareException {

    public ShareBusyException(String message) {
        super(message);
    }
}
