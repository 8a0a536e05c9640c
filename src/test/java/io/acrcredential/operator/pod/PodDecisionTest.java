// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.pod.ObservedPod.Controller;
import io.acrcredential.operator.pod.ObservedPod.Waiting;
import io.acrcredential.operator.pod.PodDecision.Action;
import io.acrcredential.operator.pod.PodDecision.CoveredImage;
import io.acrcredential.operator.pod.PodDecision.Permission;
import io.acrcredential.operator.pod.PodDecision.Surroundings;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodDecisionTest {

  private static final String OURS = "pull";
  private static final Controller CONTROLLER =
      new Controller("apps/v1", "ReplicaSet", "web-abc", "uid", "Deployment/web");

  /**
   * Lists are names with blanks between them; {@code -} is empty, and {@code {}} an entry without a
   * name. An image {@code covered} belongs to the policy.
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # case                                       | pod's list | images        | controller | account's list | binding | pull Secret | token | permission  | action | reason
          lost the race                                | -          | covered       | yes        | pull           | APPEND  | yes         | yes   | ALLOWED     | EVICT  |
          lost it, the account had a list              | x y        | covered       | yes        | x y pull       | APPEND  | yes         | yes   | ALLOWED     | EVICT  |
          lost it, the account got a list later        | -          | covered       | yes        | x pull         | APPEND  | yes         | yes   | ALLOWED     | EVICT  |
          lost it, bound by Replace                    | -          | covered       | yes        | pull           | REPLACE | yes         | yes   | ALLOWED     | EVICT  |
          one of several images is covered             | -          | other covered | yes        | pull           | APPEND  | yes         | yes   | ALLOWED     | EVICT  |
          policy does not ask                          | -          | covered       | yes        | pull           | APPEND  | yes         | yes   | NOT_ASKED   | REPORT | PullSecretMissing
          operator may not                             | -          | covered       | yes        | pull           | APPEND  | yes         | yes   | NOT_ALLOWED | REPORT | PullSecretMissing
          no controller                                | -          | covered       | no         | pull           | APPEND  | yes         | yes   | ALLOWED     | REPORT | PullSecretMissing
          no controller, policy does not ask           | -          | covered       | no         | pull           | APPEND  | yes         | yes   | NOT_ASKED   | REPORT | PullSecretMissing
          image of no policy                           | -          | other         | yes        | pull           | APPEND  | yes         | yes   | ALLOWED     | IGNORE |
          has the entry, fails for another reason      | pull       | covered       | yes        | pull           | APPEND  | yes         | yes   | ALLOWED     | IGNORE |
          has the entry among others                   | x pull     | covered       | yes        | x pull         | APPEND  | yes         | yes   | ALLOWED     | IGNORE |
          list of its own                              | own        | covered       | yes        | pull           | APPEND  | yes         | yes   | ALLOWED     | REPORT | OwnImagePullSecrets
          list of its own beside the account's         | own        | covered       | yes        | x pull         | APPEND  | yes         | yes   | ALLOWED     | REPORT | OwnImagePullSecrets
          list of its own with the account's           | x own      | covered       | yes        | x pull         | APPEND  | yes         | yes   | ALLOWED     | REPORT | OwnImagePullSecrets
          part of the account's list                   | x          | covered       | yes        | x y pull       | APPEND  | yes         | yes   | ALLOWED     | REPORT | OwnImagePullSecrets
          an entry without a name is a list of its own | {}         | covered       | yes        | pull           | APPEND  | yes         | yes   | ALLOWED     | REPORT | OwnImagePullSecrets
          list of its own, no controller               | own        | covered       | no         | pull           | APPEND  | yes         | yes   | ALLOWED     | REPORT | OwnImagePullSecrets
          list of its own, no policy selects account   | own        | covered       | yes        | -              | REMOVE  | yes         | yes   | ALLOWED     | REPORT | OwnImagePullSecrets
          no policy selects the account                | -          | covered       | yes        | -              | REMOVE  | yes         | yes   | ALLOWED     | REPORT | PullSecretMissing
          account is not bound yet                     | -          | covered       | yes        | -              | APPEND  | yes         | yes   | ALLOWED     | WAIT   |
          account is bound, but there is no Secret     | -          | covered       | yes        | pull           | APPEND  | no          | yes   | ALLOWED     | WAIT   |
          Secret has no token for this registry        | -          | covered       | yes        | pull           | APPEND  | yes         | no    | ALLOWED     | WAIT   |
          not bound, policy does not ask               | -          | covered       | yes        | -              | APPEND  | yes         | yes   | NOT_ASKED   | WAIT   |
          not bound, no controller                     | -          | covered       | no         | -              | APPEND  | yes         | yes   | ALLOWED     | WAIT   |
          its policy is suspended                      | -          | covered       | yes        | -              | IGNORE  | yes         | yes   | ALLOWED     | WAIT   |
          account is gone                              | -          | covered       | yes        | gone           | IGNORE  | yes         | yes   | ALLOWED     | IGNORE |
          """)
  void decides(
      String name,
      String list,
      String images,
      String controller,
      String accountList,
      BindingDecision binding,
      String pullSecret,
      String token,
      Permission permission,
      Action action,
      Reason reason) {
    // given
    Waiting pod = pod(names(list), names(images), controller.equals("yes") ? CONTROLLER : null);
    Surroundings around =
        new Surroundings(
            OURS,
            pullSecret.equals("yes"),
            accountList.equals("gone")
                ? null
                : new ObservedServiceAccount("1", Map.of(), names(accountList)),
            binding,
            false,
            image -> covered(image, permission, token.equals("yes")));

    // when
    PodDecision decision = PodDecision.of(pod, around);

    // then
    assertThat(decision.action()).isEqualTo(action);
    assertThat(decision.reason()).isEqualTo(reason);
    assertThat(decision.message().isEmpty()).isEqualTo(action != Action.REPORT);
  }

  /** Where each new pod of the ServiceAccount gets the entry, as in the table above. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # case                                | pod's list | controller | account's list | pull Secret | token | permission | action | reason
          list of its own                       | own        | yes        | x pull         | yes         | yes   | ALLOWED    | EVICT  |
          an entry without a name               | {}         | yes        | pull           | yes         | yes   | ALLOWED    | EVICT  |
          the account is not bound              | own        | yes        | -              | yes         | yes   | ALLOWED    | EVICT  |
          no list, and the account is not bound | -          | yes        | -              | yes         | yes   | ALLOWED    | EVICT  |
          has the entry                         | own pull   | yes        | pull           | yes         | yes   | ALLOWED    | IGNORE |
          there is no Secret                    | own        | yes        | pull           | no          | yes   | ALLOWED    | WAIT   |
          no token                              | own        | yes        | pull           | yes         | no    | ALLOWED    | WAIT   |
          policy does not ask                   | own        | yes        | pull           | yes         | yes   | NOT_ASKED  | REPORT | PullSecretMissing
          no controller                         | own        | no         | pull           | yes         | yes   | ALLOWED    | REPORT | PullSecretMissing
          """)
  void decidesWherePodsAreInjected(
      String name,
      String list,
      String controller,
      String accountList,
      String pullSecret,
      String token,
      Permission permission,
      Action action,
      Reason reason) {
    // given
    Waiting pod =
        pod(names(list), List.of("covered"), controller.equals("yes") ? CONTROLLER : null);
    Surroundings around =
        new Surroundings(
            OURS,
            pullSecret.equals("yes"),
            new ObservedServiceAccount("1", Map.of(), names(accountList)),
            BindingDecision.APPEND,
            true,
            image -> covered(image, permission, token.equals("yes")));

    // when
    PodDecision decision = PodDecision.of(pod, around);

    // then
    assertThat(decision.action()).isEqualTo(action);
    assertThat(decision.reason()).isEqualTo(reason);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # case                              | pod's list | blocked image | action
          an image of the policy              | own        | covered       | REPORT
          another image, beside our entry     | pull own   | other         | REPORT
          nothing of ours                     | own        | other         | IGNORE
          """)
  void reportsASecretThatKubeletCannotRead(String name, String list, String image, Action action) {
    // given
    Waiting pod =
        new Waiting(Instant.EPOCH, "default", names(list), List.of(), names(image), CONTROLLER);

    // when
    PodDecision decision = PodDecision.of(pod, bound(Permission.ALLOWED));

    // then
    assertThat(decision.action()).isEqualTo(action);
    if (action == Action.REPORT) {
      assertThat(decision.reason()).isEqualTo(Reason.ImagePullSecretUnreadable);
    }
  }

  @Test
  void messagesSayWhatToDo() {
    assertThat(message(names("own {}"), CONTROLLER, Permission.ALLOWED))
        .isEqualTo(
            "The pod has imagePullSecrets of its own (own, an entry without a name), so it does not"
                + " get those of ServiceAccount default: add pull to the list in the pod template,"
                + " remove the list, or set injectPods: true in a policy that covers it");
    assertThat(message(List.of(), null, Permission.ALLOWED))
        .isEqualTo(
            "The pod was created before pods of ServiceAccount default got the pull Secret pull, so"
                + " it cannot pull covered. No controller replaces this pod: delete it and create it"
                + " again");
    assertThat(message(List.of(), CONTROLLER, Permission.NOT_ASKED))
        .endsWith(
            "Delete it, and its successor gets the entry. With healPods: true in policy p, the"
                + " operator evicts such pods");
    assertThat(message(List.of(), CONTROLLER, Permission.NOT_ALLOWED))
        .endsWith("Policy p has healPods: true, but the operator may not evict pods");
  }

  private static String message(List<String> list, Controller controller, Permission permission) {
    return PodDecision.of(pod(list, List.of("covered"), controller), bound(permission)).message();
  }

  /** A pod that cannot pull these images. */
  private static Waiting pod(List<String> list, List<String> images, Controller controller) {
    return new Waiting(Instant.EPOCH, "default", list, images, List.of(), controller);
  }

  private static Surroundings bound(Permission permission) {
    return new Surroundings(
        OURS,
        true,
        new ObservedServiceAccount("1", Map.of(), List.of(OURS)),
        BindingDecision.APPEND,
        false,
        image -> covered(image, permission, true));
  }

  private static Optional<CoveredImage> covered(
      String image, Permission permission, boolean hasToken) {
    return image.equals("covered")
        ? Optional.of(new CoveredImage("p", permission, hasToken))
        : Optional.empty();
  }

  private static List<String> names(String text) {
    return text.equals("-")
        ? List.of()
        : Arrays.stream(text.split(" ")).map(name -> name.equals("{}") ? "" : name).toList();
  }
}
