package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.RawText;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KeyFileTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "SHA256E-s6--5891b5.txt, SHA256E-s6--5891b5.txt",
    "WORM-s3-m1--a/b, WORM-s3-m1--a%b",
    "WORM-s3-m1--a%b, WORM-s3-m1--a&sb",
    "WORM-s3-m1--a&b, WORM-s3-m1--a&ab",
    "WORM-s3-m1--a:b, WORM-s3-m1--a&cb",
    "WORM-s3-m1--a&sb, WORM-s3-m1--a&asb",
    "URL--http://x/%25?a&b, URL--http&c%%x%&s25?a&ab"
  })
  void namesAKeysFile(String key, String file) {
    assertThat(new String(KeyFile.of(Key.parse(key)), ISO_8859_1)).isEqualTo(file);
  }

  @Property
  void noNameHasASlashAndEveryOneLeadsBack(@ForAll @Size(min = 1, max = 40) byte[] name) {
    String latin = new String(name, ISO_8859_1).replaceAll("[\\x00\\n\\r]", "x");
    Key key = Key.parse(RawText.of(("WORM--" + latin).getBytes(ISO_8859_1)));

    String file = new String(KeyFile.of(key), ISO_8859_1);

    assertThat(file).doesNotContain("/", ":");
    String back = file.replace("%", "/").replace("&s", "%").replace("&c", ":").replace("&a", "&");
    assertThat(back).isEqualTo("WORM--" + latin);
  }
}
