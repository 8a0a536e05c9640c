// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.explain.finding.Language;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PageLanguageTest {

  @ParameterizedTest
  @CsvSource({
    "lang=zh,     en,                      CHINESE",
    "a=b&lang=en, zh-CN,                   ENGLISH",
    "lang=fr,     zh-CN,                   CHINESE",
    "xlang=en,    zh-CN,                   CHINESE",
    ",            'zh-CN,zh;q=0.9,en;q=0.8', CHINESE",
    ",            'en-US,zh;q=0.5',        ENGLISH",
    ",            'fr,zh;q=0.5',           CHINESE",
    ",            'fr,de',                 ENGLISH",
    ",            '*',                     ENGLISH",
    ",            ';;q=%',                 ENGLISH",
    ",            ,                        ENGLISH",
  })
  void isThatOfTheAddressElseThatOfTheBrowser(String query, String header, Language language) {
    assertThat(PageLanguage.of(query, header)).isEqualTo(language);
  }
}
