package io.heddle.observe;

import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/**
 * A bean, once something in this process has asked for it. Looking at it must not make it: a host that only has our jar on its
 * class path is neither connected nor kept from being ready.
 */
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class InUse {

    private final BeanManager beans;

    InUse(BeanManager beans) {
        this.beans = beans;
    }

    /** The singleton, or null while nothing uses it. */
    <T> @Nullable T of(Instance<T> instance) {
        return instance.isResolvable()
                ? beans.getContext(Singleton.class).get(instance.getHandle().getBean())
                : null;
    }
}
