package io.acrcredential.operator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.DocPage;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocsTest {

  @ParameterizedTest
  @ValueSource(strings = {"switch.md", "migrate.md", "install.md", "uninstall.md", "olm.md"})
  void bothLanguagesGiveTheSameCommands(String page) {
    // when
    List<String> commands = DocPage.read(page).commands();

    // then
    assertThat(commands).isNotEmpty();
    assertThat(DocPage.read("zh/" + page).commands()).isEqualTo(commands);
  }

  @Test
  void theReadmesDoSoToo() {
    assertThat(DocPage.read(Path.of("README.zh.md")).commands())
        .isEqualTo(DocPage.read(Path.of("README.md")).commands());
  }
}
