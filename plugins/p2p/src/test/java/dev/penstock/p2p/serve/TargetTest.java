package dev.penstock.p2p.serve;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {
  @ParameterizedTest(name = "{0}: {1} of {2}, version {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /git-annex/U/v4/key/K             | KEY           | U    | 4
          /git-annex/U/v0/key/a%2Fb         | KEY           | U    | 0
          /git-annex/U/key/K                | KEY           | U    | 4
          /git-annex/git-annex/U/v4/key/K   | KEY           | U    | 4
          /git-annex/git-annex/U/key/K      | KEY           | U    | 4
          /git-annex/U/v4/checkpresent      | CHECKPRESENT  | U    | 4
          /git-annex/U/v0/lockcontent       | LOCKCONTENT   | U    | 0
          /git-annex/U/v1/putoffset         | PUTOFFSET     | U    | 1
          /git-annex/U/v3/remove-before     | REMOVE_BEFORE | U    | 3
          /git-annex/U/v3/gettimestamp      | GETTIMESTAMP  | U    | 3
          //git-annex/U/v4/key/K            | KEY           | U    | 4
          //git-annex//git-annex/U/key/K    | KEY           | U    | 4
          //photos/config                   | CONFIG        | photos | 4
          /photos/config                    | CONFIG        | photos | 4
          /config                           | CONFIG        | ''   | 4
          """)
  void pathsLeadToEndpoints(String path, Endpoint endpoint, String where, int version) {
    assertThat(Target.of(path, ""))
        .hasValueSatisfying(target -> {
          assertThat(target.endpoint()).isEqualTo(endpoint);
          assertThat(target.where()).isEqualTo(where);
          assertThat(target.version()).isEqualTo(version);
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/git-annex",
        "/git-annex/",
        "/git-annex/U",
        "/git-annex/U/v4",
        "/git-annex/U/v4/",
        "/git-annex/U/v5/checkpresent",
        "/git-annex/U/v44/checkpresent",
        "/git-annex/U/v/checkpresent",
        "/git-annex/U/4/checkpresent",
        "/git-annex/U/v2/gettimestamp",
        "/git-annex/U/v2/remove-before",
        "/git-annex/U/v0/putoffset",
        "/git-annex/U/v4/checkpresent/",
        "/git-annex/U/v4/nothing",
        "/git-annex/U/v4/key/",
        "/git-annex/U/v4/key/a/b",
        "/git-annex/U/v4/key/../../../etc/passwd",
        "/git-annex/../U/v4/key/K",
        "/git-annex//v4/key/K",
        "/GIT-ANNEX/U/v4/key/K",
        "/x/git-annex/U/v4/key/K",
        "/a/b/config"
      })
  void allOthersLeadNowhere(String path) {
    assertThat(Target.of(path, "")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/x/git-annex/U/v4/checkpresent",
        "/x/git-annex/git-annex/U/v4/checkpresent",
        "/x//git-annex/U/v4/checkpresent",
        "/x/photos/config"
      })
  void theBasePathStandsBeforeAll(String path) {
    assertThat(Target.of(path, "/x")).isPresent();
    assertThat(Target.of(path.substring(2), "/x")).isEmpty();
  }
}
