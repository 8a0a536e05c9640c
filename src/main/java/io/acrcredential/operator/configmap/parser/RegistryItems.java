// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.configmap.parser.yaml.UnreadableException;
import io.acrcredential.operator.policy.FieldError;
import java.util.ArrayList;
import java.util.List;

/** The usable items of {@code acr-registry-info}, in the order of the text. */
final class RegistryItems {

  /** An item with several instance ids appears once for each. */
  private record Item(ItemPosition position, Registry registry) {}

  private final Findings findings;
  private final List<Item> items = new ArrayList<>();

  RegistryItems(Findings findings) {
    this.findings = findings;
  }

  void add(ItemPosition position, Registry registry) {
    items.add(new Item(position, registry));
  }

  List<Registry> registries() {
    return items.stream().map(Item::registry).toList();
  }

  /** Reports an item that cannot be read. */
  void reject(UnreadableException problem) {
    reject(problem.getMessage());
  }

  /** Reports why the rules for policies refuse one of {@link #registries()}. */
  void reject(int index, List<FieldError> errors) {
    ItemPosition position = items.get(index).position();
    for (FieldError error : errors) {
      reject(
          position.where()
              + ": "
              + RegistryFields.nameOf(error.field())
              + " has the value "
              + position.shown(error.found())
              + ": "
              + error.fix());
    }
  }

  private void reject(String message) {
    findings.add(Finding.ITEM_IGNORED, message + ". The item is left out");
  }
}
