"""The TOML file, and what is said when it is wrong."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

from eprom_verify.config import Config, load_config, parse_config
from eprom_verify.environments import TEST
from eprom_verify.errors import UnsafeTarget, UsageProblem
from eprom_verify.persons import Sex
from eprom_verify.persons.national_id import Series, broken, generate, generate_h_number

BORN = date(1980, 2, 3)


def problem_with(path: Path, text: str | bytes) -> UsageProblem:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageProblem) as caught:
        load_config(path)
    return caught.value


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "oppsett.toml"


def test_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config(None) == Config()
    assert (Config().eprom, Config().edition, Config().receiver.port) == ("simulator", "2026-05", 0)


def test_default_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "eprom-verify.toml").write_text("seed = 17\n")
    assert load_config(None).seed == 17


def test_whole_file(file: Path) -> None:
    number = generate(random.Random(1), birth_date=BORN, sex=Sex.MAN, series=Series.PLUS_80)
    file.write_text(
        f"""
        seed = 7
        edition = "2023-10"
        eprom = "https://proms.hemitdev.org/promswebapi/"
        tillatte_fodselsnumre = []
        [simulator]
        callback_delay_s = 1
        redelivery_delay_s = 2.5
        [frister]
        status_s = 60
        [mottak]
        host = "0.0.0.0"
        port = 8443
        [personas]
        "alle kanaler" = "{number}"
        [skjema]
        RAND-12 = "1BC5F9F0-2607-49EB-94F0-6AF955BBD79A"
        """,
        encoding="utf-8",
    )
    config = load_config(file)
    assert (config.seed, config.edition, config.receiver.port) == (7, "2023-10", 8443)
    assert config.eprom == "https://proms.hemitdev.org/promswebapi"
    assert (config.simulator.callback_delay_s, config.deadlines.status_s) == (1.0, 60.0)
    assert str(config.forms["RAND-12"]) == "1bc5f9f0-2607-49eb-94f0-6af955bbd79a"
    assert config.personas == {"alle kanaler": number}


ENVIRONMENT = "https://proms.hemitdev.org/promswebapi"


@pytest.mark.parametrize(
    ("settings", "status_s", "quiet_s"),
    [
        ({}, 5, 0.3),
        ({"eprom": ENVIRONMENT}, 172_800, 10),
        ({"eprom": ENVIRONMENT, "frister": {"status_s": 60.0}}, 60, 10),
        ({"eprom": ENVIRONMENT, "frister": {"quiet_s": 0.5}}, 172_800, 0.5),
    ],
)
def test_environment_given_longer(settings: dict[str, object], status_s: float, quiet_s: float) -> None:
    """A real environment may take days for a status, and nobody can ask it whether more is to come."""
    config = parse_config(settings, "prøven")
    assert (config.deadlines.status_s, config.deadlines.quiet_s) == (status_s, quiet_s)
    assert parse_config(config.model_dump(mode="json", by_alias=True, exclude_unset=True), "prøven") == config


def test_patience_not_kept_for_simulator() -> None:
    """The command line may choose another ePROM than the file; what nobody set is then set anew."""
    known = parse_config({"eprom": ENVIRONMENT, "frister": {"status_s": 60.0}}, "prøven")
    changed = known.model_dump(mode="json", by_alias=True, exclude_unset=True) | {"eprom": "simulator"}
    assert parse_config(changed, "prøven").deadlines.quiet_s == 0.3


def test_deadline_not_kept_for_simulator() -> None:
    known = parse_config({"eprom": ENVIRONMENT}, "prøven")
    changed = known.model_dump(mode="json", by_alias=True, exclude_unset=True) | {"eprom": "simulator"}
    assert parse_config(changed, "prøven").deadlines.status_s == 5


@pytest.mark.parametrize(
    ("text", "named", "words"),
    [
        ("sed = 1", "sed", "nøkkelen er ukjent"),
        ("[mottak]\nprt = 1", "mottak.prt", "nøkkelen er ukjent"),
        ("[ukjent]\na = 1", "ukjent", "nøkkelen er ukjent"),
        ("deadlines = {}", "deadlines", "nøkkelen er ukjent"),
        ('seed = "5"', "seed", "skal være et heltall"),
        ("seed = true", "seed", "skal være et heltall"),
        ("seed = 1.5", "seed", "skal være et heltall"),
        ("seed = -1", "seed", "skal være minst 0"),
        ("seed = 9223372036854775808", "seed", "er for stort"),
        ("seed = []", "seed", "skal være et heltall"),
        ("edition = 2026", "edition", "skal være en av 2026-05, 2023-10"),
        ('edition = "2026-06"', "edition", "skal være en av 2026-05, 2023-10"),
        ("eprom = 1", "eprom", "skal være tekst"),
        ('eprom = "proms.hemitdev.org"', "eprom", "skal være «simulator», «test», «qa» eller en adresse"),
        ('eprom = "ftp://proms.hemitdev.org"', "eprom", "skal være «simulator», «test», «qa» eller en adresse"),
        ("simulator = 1", "simulator", "skal være en tabell"),
        ("[simulator]\ncallback_delay_s = -1", "simulator.callback_delay_s", "skal være minst 0"),
        ("[simulator]\nredelivery_delay_s = 0", "simulator.redelivery_delay_s", "skal være over 0"),
        ('[frister]\nstatus_s = "5"', "frister.status_s", "skal være et tall"),
        ("[frister]\nstatus_s = true", "frister.status_s", "skal være et tall"),
        ("[frister]\nstatus_s = inf", "frister.status_s", "skal være høyst 604800"),
        ("[frister]\nstatus_s = nan", "frister.status_s", "skal være"),
        ("[mottak]\nport = 65536", "mottak.port", "skal være høyst 65535"),
        ('[mottak]\nport = "80"', "mottak.port", "skal være et heltall"),
        ("[mottak]\nhost = 1", "mottak.host", "skal være tekst"),
        ("personas = 1", "personas", "skal være en tabell med navn og verdi"),
        ('[personas]\na = ["x"]', "personas.a", "skal være tekst"),
        ('[skjema]\na = "x"', "skjema.a", "skal være en GUID"),
        ("[skjema]\na = 1", "skjema.a", "skal være en GUID"),
        ('[personvern]\nSamtykke = "x"', "personvern.Samtykke", "skal være en GUID"),
        ('[personvern]\nSkjema = "x"', "personvern.Skjema", "nøkkelen er ukjent"),
        ('tillatte_fodselsnumre = "x"', "tillatte_fodselsnumre", "skal være en liste"),
    ],
)
def test_wrong_value(file: Path, text: str, named: str, words: str) -> None:
    problem = problem_with(file, text)
    assert f"«{named}» {words}" in problem.problem
    assert str(file) in problem.problem
    assert problem.remedy == "Rett filen og kjør på nytt."


def test_person_not_synthetic(file: Path) -> None:
    """The whole file is judged together here, so that no key is named but the persona's."""
    problem = problem_with(file, '[personas]\n"alle kanaler" = "26073941651"').problem
    assert problem.startswith(
        f"Feil i oppsettet {file}, linje 2: personas har «alle kanaler», som ikke er et gyldig syntetisk"
    )
    assert "26073941651" not in problem


def test_all_problems_named(file: Path) -> None:
    text = str(problem_with(file, "seed = -1\nedition = 3\n[mottak]\nport = -1"))
    assert all(name in text for name in ("«seed»", "«edition»", "«mottak.port»"))


SYSTEM = '[bestillersystem]\nnavn = "Mitt register"\ndriver = "http"\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("\n\nsed = 1", 3, "«sed» nøkkelen er ukjent. Mente du «seed»?"),
        (f"# to\n{SYSTEM}hook_url = 'x'", 5, "«bestillersystem.hook_url» skal være en adresse som begynner med http"),
        (f"{SYSTEM}api_base_url = 'http://a'", 1, "«bestillersystem» mangler «hook_url», som driveren «http» trenger."),
        ("[mottak]\nhost = '0.0.0.0'\nport = -1", 3, "«mottak.port» skal være minst 0."),
        ("mottak.port = -1", 1, "«mottak.port» skal være minst 0."),
        ("seed = 1\nmottak = { port = -1 }", 2, "«mottak.port» skal være minst 0."),
        ("[profil]\nregler = [\n  'Basic',\n  5,\n]", 4, "«profil.regler.1» skal være tekst."),
        ("[profil]\nregler = ['Basik']", 2, "«profil.regler» har «Basik», som ikke er en distribusjonsregel. Mente du"),
        ("[skjema]\n\n'RAND-12' = 1", 3, "«skjema.RAND-12» skal være en GUID, slik id-en står i ePROM."),
        ("[bestillersytem]\na = 1", 1, "«bestillersytem» nøkkelen er ukjent. Mente du «bestillersystem»?"),
        ("hook_url = 'http://a'", 1, "nøkkelen er ukjent. Den hører til under [bestillersystem]."),
        ("[profil]\nseed = 1", 2, "«profil.seed» nøkkelen er ukjent. Den står øverst i filen, før første [seksjon]."),
        ("[profil]\napi_baseurl = 'x'", 2, "nøkkelen er ukjent. Mente du «api_base_url» under [bestillersystem]?"),
        (
            "[mottak]\nqq = 1",
            2,
            "«mottak.qq» nøkkelen er ukjent. Nøklene her er host, port, sertifikat, nokkel, adresse.",
        ),
        ("api_key = 'hemmelig'", 1, "Hemmeligheter står aldri i oppsettet; sett miljøvariabelen EPROM_VERIFY_API_KEY."),
        ("[bestillersystem]\nhook_token = 'x'", 2, "sett miljøvariabelen EPROM_VERIFY_HOOK_TOKEN."),
        ("[bestillersystem]\nhook_url = 'http:// her'", 2, "«bestillersystem.hook_url» skal være en adresse som kan"),
        ("[bestillersystem]\nhook_url = 'http://a/?b'", 2, "skal være en adresse uten ? og #"),
        ("[miljo]\nskjemautfyller = 'http://a:99999'", 2, "«miljo.skjemautfyller» skal være en adresse som kan leses"),
        ("eprom = 'http://:80'", 1, "«eprom» Adressen kan ikke leses: den har ingen gyldig vert."),
        ("[mottak]\nsertifikat = 'a.pem'", 1, "«mottak» har «sertifikat», men mangler «nokkel»"),
        ("[kran]\nport = 1\nnokkel = 'a.pem'", 1, "«kran» har «nokkel», men mangler «sertifikat»"),
        ("[mottak]\nadresse = 'mottak.example.no'", 2, "«mottak.adresse» skal være en adresse som begynner med http"),
    ],
)
def test_line_and_remedy(file: Path, text: str, line: int, words: str) -> None:
    problem = problem_with(file, text)
    assert problem.problem.startswith(f"Feil i oppsettet {file}, linje {line}: ")
    assert words in problem.problem
    assert "hemmelig" not in str(problem)
    assert str(problem).endswith(f" {problem.remedy}")


def test_each_error_on_its_line(file: Path) -> None:
    text = str(problem_with(file, "edition = 3\nseed = -1\n\n[mottak]\nport = -1\n[frister]\n"))
    assert text.splitlines() == [
        f"Feil i oppsettet {file}:",
        "  linje 1: «edition» skal være en av 2026-05, 2023-10.",
        "  linje 2: «seed» skal være minst 0.",
        "  linje 5: «mottak.port» skal være minst 0.",
        "Rett filen og kjør på nytt.",
    ]
    many = str(problem_with(file, "\n".join(f"n{number} = 1" for number in range(30))))
    assert many.splitlines()[-2:] == ["  … og 20 feil til.", "Rett filen og kjør på nytt."]


def test_no_line_without_a_file() -> None:
    with pytest.raises(UsageProblem, match=r"^Feil i kommandolinjen: «seed» skal være minst 0\."):
        parse_config({"seed": -1}, "kommandolinjen")


PRODUCTION = "pasientrapportering.nhn.no"


@pytest.mark.parametrize(
    "address",
    [
        f"https://{PRODUCTION}/webapi",
        f"http://{PRODUCTION}",
        f"HTTPS://{PRODUCTION.upper()}/WEBAPI",
        f"https://{PRODUCTION}./webapi",
        f"https://{PRODUCTION}:443/webapi",
        f"https://www.{PRODUCTION}/webapi",
        f"https://user:password@{PRODUCTION}/webapi",
        f"https://{PRODUCTION}@proms.hemitdev.org/webapi",
        "https://pasientrapportering%2Enhn%2Eno/webapi",
        "https://ｐａｓｉｅｎｔrapportering.nhn.no/webapi",
        "https://pasientrapportering。nhn。no/webapi",
        f"https:\\\\\\\\{PRODUCTION}\\\\webapi",
        f" https://{PRODUCTION}/webapi",
        f"{PRODUCTION}/webapi",
    ],
)
def test_production(file: Path, address: str) -> None:
    problem = problem_with(file, f'eprom = "{address}"')
    assert isinstance(problem, UnsafeTarget)
    assert "produksjonsmiljøet" in problem.problem


@pytest.mark.parametrize(
    "address",
    [
        "https://proms.hemitdev.org/promswebapi",
        "https://pasientrapportering.qa.nhn.no/webapi",
        "http://127.0.0.1:8080/promswebapi",
        "http://[::1]:8080/promswebapi",
    ],
)
def test_allowed_environment(address: str) -> None:
    assert parse_config({"eprom": address}, "prøven").eprom == address


@pytest.mark.parametrize(
    ("name", "api_base", "form_filler"),
    [
        ("test", "https://proms.hemitdev.org/promswebapi", "https://proms.hemitdev.org/proms"),
        ("qa", "https://pasientrapportering.qa.nhn.no/webapi", "https://pasientrapportering.qa.nhn.no/proms"),
        ("QA", "https://pasientrapportering.qa.nhn.no/webapi", "https://pasientrapportering.qa.nhn.no/proms"),
        (
            "https://proms.hemitdev.org/PromsWebApi",
            "https://proms.hemitdev.org/PromsWebApi",
            "https://proms.hemitdev.org/proms",
        ),
        ("http://127.0.0.1:8080/promswebapi", "http://127.0.0.1:8080/promswebapi", ""),
        ("simulator", "simulator", ""),
    ],
)
def test_environment_named(name: str, api_base: str, form_filler: str) -> None:
    config = parse_config({"eprom": name}, "prøven")
    assert (config.api_base, config.form_filler, config.remarks) == (api_base, form_filler, ())


def test_former_name_remarked() -> None:
    config = parse_config({"eprom": "https://proms2.hemit.org/promswebapi"}, "prøven")
    assert config.api_base == "https://proms.hemitdev.org/promswebapi"
    assert config.known_environment is TEST
    [remark] = config.remarks
    assert "det gamle navnet på testmiljøet" in remark


@pytest.mark.parametrize("name", ["prod", "PROD", " Produksjon ", "production"])
def test_production_name_refused(file: Path, name: str) -> None:
    problem = problem_with(file, f'eprom = "{name}"')
    assert isinstance(problem, UnsafeTarget)
    assert "produksjonsmiljøet" in problem.problem


def test_own_form_filler(file: Path) -> None:
    config = parse_config(
        {"eprom": "qa", "miljo": {"skjemautfyller": "https://eprom.example.invalid/proms/"}}, "prøven"
    )
    assert config.form_filler == "https://eprom.example.invalid/proms"
    problem = problem_with(file, f'[miljo]\nskjemautfyller = "https://{PRODUCTION}/proms"')
    assert isinstance(problem, UnsafeTarget)
    assert "skal være en adresse" in str(problem_with(file, '[miljo]\nskjemautfyller = "proms"'))


def test_real_persona_refused(file: Path) -> None:
    synthetic = generate(random.Random(2), birth_date=BORN, sex=Sex.MAN, series=Series.PLUS_65)
    h_number = generate_h_number(random.Random(2), birth_date=BORN, sex=Sex.MAN)
    for number in (h_number, broken(synthetic), "", "x", f"{synthetic} "):
        problem = problem_with(file, f'[personas]\n"alle kanaler" = "{number}"')
        assert "«alle kanaler»" in problem.problem
        assert len(number) < 11 or number not in str(problem)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"a = ", "er ikke gyldig TOML"),
        (b"[mottak\nport = 1", "linje 1, tegn 8: det mangler ] etter navnet på seksjonen."),
        (b"a = [" + 5000 * b"[", "har lister i lister uten ende"),
        (b"seed = 1\nseed = 2", "er ikke gyldig TOML, på slutten: nøkkelen står to ganger."),
        (b"# to\neprom = test\n", "er ikke gyldig TOML, linje 2, tegn 9: verdien kan ikke leses; tekst skal stå i"),
        (b'eprom = "test\nseed = 1', "linje 1, tegn 14: teksten er ikke lukket med anførselstegn."),
        (b"a b = 1", "linje 1, tegn 3: det mangler = etter nøkkelen."),
        (b"[a]\n[a]\n", "linje 2, tegn 3: seksjonen står to ganger."),
        (b"\xff\xfe", "er ikke tekst i UTF-8"),
        (b"seed = 1\n\x00", "er ikke gyldig TOML"),
    ],
)
def test_unreadable(file: Path, text: bytes, words: str) -> None:
    assert words in str(problem_with(file, text))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"Finner ikke oppsettet .*nei\.toml"):
        load_config(tmp_path / "nei.toml")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="er en mappe"):
        load_config(tmp_path)


def test_byte_order_mark(file: Path) -> None:
    """Windows' Notepad puts one in front of what it saves as UTF-8."""
    file.write_bytes("\ufeffseed = 3\n".encode())
    assert load_config(file).seed == 3


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('ca = "borte.pem"', "«forbindelse.ca» viser til borte.pem, som ikke finnes"),
        ('klientnokkel = "min.pem"', "«forbindelse.klientnokkel» trenger klientsertifikat også."),
        ('proxy = "http://meg:hemmelig@127.0.0.1:1"', "sett miljøvariablene EPROM_VERIFY_PROXY_USER og EPROM_VERIFY"),
        ('proxy = "socks5://127.0.0.1:1"', "skal være adressen til proxyen, for eksempel http://127.0.0.1:3128, eller"),
        ('proxy = "http://127.0.0.1:1/sti"', "skal være adressen til proxyen"),
        ('passord = "hemmelig"', "sett miljøvariabelen EPROM_VERIFY_CLIENT_KEY_PASSWORD."),
        ("kall_i_sekundet = 0", "«forbindelse.kall_i_sekundet» skal være over 0."),
        ("forsok = 1.5", "«forbindelse.forsok» skal være et heltall."),
        ("forsok = 11", "«forbindelse.forsok» skal være høyst 10."),
        ("sjekk_sertifikat = false", "nøkkelen er ukjent"),
        ("verify = false", "nøkkelen er ukjent"),
    ],
)
def test_connection(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "oppsett.toml"
    told = str(problem_with(file, f'eprom = "test"\n[forbindelse]\n\n{line}\n'))
    assert told.startswith(f"Feil i oppsettet {file}, linje 4: ")
    assert words in told
    assert "hemmelig" not in told.replace("Hemmeligheter", "")


def test_connection_is_for_environments(tmp_path: Path) -> None:
    """Whoever runs against the simulator need not have the certificates of the environment."""
    file = tmp_path / "oppsett.toml"
    file.write_text('[forbindelse]\nca = "borte.pem"\n')
    assert load_config(file).connection.ca == "borte.pem"


@pytest.mark.parametrize(
    ("eprom", "told"),
    [
        ("https://eprom.example", True),
        ("https://eprom.example/", True),
        ("https://eprom.example/promswebapi", False),
        ("simulator", False),
        ("qa", False),
    ],
)
def test_address_without_its_path(eprom: str, told: bool) -> None:
    remarks = parse_config({"eprom": eprom}, "prøven").remarks
    assert [each for each in remarks if "har ingen sti" in each] == list(remarks)
    assert bool(remarks) is told
