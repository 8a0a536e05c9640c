package io.acrcredential.operator.operator;

import io.acrcredential.operator.openapi.ServiceClock;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/** What is made for injection and has no room of its own. */
final class Beans {

  @Produces
  @Singleton
  ServiceClock clock() {
    return new ServiceClock(Clock.systemUTC());
  }
}
