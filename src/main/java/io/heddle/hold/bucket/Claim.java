package io.heddle.hold.bucket;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldName;
import io.heddle.hold.HoldRequest;
import io.heddle.stream.clock.BrokerClock.Reading;

/**
 * What a hold takes, to be compared with other holds.
 *
 * @param decided when the decision was made; what had not ended then counts as in force
 */
record Claim(HoldName name, String holder, Reading decided) {

    static Claim of(HoldRequest request, Reading decided) {
        return new Claim(HoldName.of(request), request.holder(), decided);
    }

    static Claim of(Hold hold, Reading decided) {
        return new Claim(HoldName.of(hold), hold.holder(), decided);
    }

    FilePath file() {
        return name.file();
    }

    /** Returns whether the two cannot be in force at once. The entry of the same name is not compared: it is written over. */
    boolean conflictsWith(Hold other) {
        return !other.holder().equals(holder)
                && !(name.isShared() && other.shared())
                && other.file().overlaps(file())
                && !HoldName.of(other).equals(name)
                && !HoldRules.hasEnded(other, decided);
    }
}
