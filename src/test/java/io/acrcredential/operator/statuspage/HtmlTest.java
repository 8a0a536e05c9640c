// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.explain.finding.Language;
import org.junit.jupiter.api.Test;

class HtmlTest {

  @Test
  void escapesTextsAndAttributes() {
    // when
    String html =
        new Html(Language.ENGLISH)
            .element("p", "<script>alert('1') & \"2\"</script>", "title", "\"><img src=x>'")
            .toString();

    // then
    assertThat(html)
        .isEqualTo(
            "<p title=\"&quot;&gt;&lt;img src=x&gt;&#39;\">"
                + "&lt;script&gt;alert(&#39;1&#39;) &amp; &quot;2&quot;&lt;/script&gt;</p>");
  }

  /** A line break would end an event; a mark for right-to-left text would turn the rest around. */
  @Test
  void keepsEverythingOnOneLine() {
    assertThat(Html.escape("a\r\n\ndata: b\u2028c\u202Ed\u0000e")).isEqualTo("a data: b cd e");
    assertThat(Html.escape(null)).isEmpty();
  }
}
