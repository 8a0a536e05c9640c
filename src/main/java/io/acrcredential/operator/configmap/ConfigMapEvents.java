// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap;

import io.acrcredential.operator.configmap.parser.Finding;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/** Warning Events on the ConfigMap, each logged once. */
final class ConfigMapEvents {

  private static final Logger LOG = Logger.getLogger(ConfigMapEvents.class);

  /** Of one reason, so that a long list of mistakes does not flood the Events. */
  private static final int MAX_PER_REASON = 5;

  private final EventRecorder events;

  ConfigMapEvents(EventRecorder events) {
    this.events = events;
  }

  void warn(ConfigMap map, List<Finding> findings) {
    Map<String, Integer> counts = new HashMap<>();
    for (Finding finding : findings) {
      if (counts.merge(finding.cause(), 1, Integer::sum) <= MAX_PER_REASON) {
        warn(map, finding.cause(), finding.message());
      }
    }
    counts.forEach(
        (cause, count) -> {
          if (count > MAX_PER_REASON) {
            warn(map, cause, "and " + (count - MAX_PER_REASON) + " more; fix the ones above first");
          }
        });
  }

  void warn(ConfigMap map, String reason, String message) {
    ObjectReference reference = reference(map);
    if (events.warning(reference, reason, message)) {
      LOG.warnf("ConfigMap %s/%s: %s", reference.getNamespace(), reference.getName(), message);
    }
  }

  private static ObjectReference reference(ConfigMap map) {
    return new ObjectReferenceBuilder()
        .withApiVersion("v1")
        .withKind("ConfigMap")
        .withNamespace(map.getMetadata().getNamespace())
        .withName(map.getMetadata().getName())
        .withUid(map.getMetadata().getUid())
        .build();
  }
}
