package io.acrcredential.operator.sync;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.token.TokenListener;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Set;
import org.jboss.logging.Logger;

/** Tokens arrive as events: to the engine, to the policies' status, to log and metrics. */
public final class TokenEventHandler implements TokenListener {

  private static final Logger LOG = Logger.getLogger(TokenEventHandler.class);

  private final EventRouter engine;
  private final PolicyIndex coverage;
  private final MeterRegistry meters;

  public TokenEventHandler(EventRouter engine, PolicyIndex coverage, MeterRegistry meters) {
    this.engine = engine;
    this.coverage = coverage;
    this.meters = meters;
  }

  @Override
  public void changed(Set<RegistryRef> refs) {
    engine.tokens(refs);
  }

  @Override
  public void told(Set<RegistryRef> refs) {
    coverage.wanting(refs).forEach(plan -> engine.changed(plan.name()));
  }

  @Override
  public void fetched(RegistryRef ref, Duration took, AlibabaCloudException error) {
    String reason = error == null ? "none" : error.reason().name();
    meters
        .counter(
            "acr_token_refresh",
            "region",
            ref.region(),
            "outcome",
            error == null ? "success" : "failure",
            "reason",
            reason)
        .increment();
    Timer.builder("acr_token_refresh")
        .tag("region", ref.region())
        .publishPercentileHistogram()
        .minimumExpectedValue(Duration.ofMillis(10))
        .maximumExpectedValue(Duration.ofSeconds(30))
        .register(meters)
        .record(took);
    if (error == null) {
      LOG.infof("Refreshed the token of %s in %d ms", ref.describe(), took.toMillis());
    } else {
      String request = error.requestId().isEmpty() ? "" : " (RequestId " + error.requestId() + ")";
      LOG.warnf(
          "No token for %s: %s: %s%s. %s",
          ref.describe(), error.code(), error.getMessage(), request, error.advice());
    }
  }
}
