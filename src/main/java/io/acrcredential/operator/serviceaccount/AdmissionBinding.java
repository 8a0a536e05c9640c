// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.serviceaccount;

/** Whether the API server adds the entry itself, by the admission policy bind-at-creation. */
public interface AdmissionBinding {

  /** The API server does not. */
  AdmissionBinding NONE =
      new AdmissionBinding() {
        @Override
        public boolean mayBind(String namespace) {
          return false;
        }

        @Override
        public void onEmptyPatch(boolean bound) {
          // nothing depends on it
        }
      };

  /** Whether to send an empty patch first, because it may be enough to add the entry. */
  boolean mayBind(String namespace);

  /**
   * An empty patch was sent to a ServiceAccount that should be bound at admission.
   *
   * @param bound whether it has the entry now
   */
  void onEmptyPatch(boolean bound);
}
