"""Where output goes: files are replaced whole, what else takes bytes is written through, and the rest is refused."""

import os
import socket
import stat
import threading

import pytest

from grader.errors import ReportUnwritable
from grader.output_file import append_text, open_whole, write_whole

as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root makes devices")


@pytest.fixture
def umask():
    before = os.umask(0)
    yield os.umask
    os.umask(before)


def refused(path, option="--json") -> str:
    with pytest.raises(ReportUnwritable) as found:
        write_whole("text", path, option=option)
    return str(found.value)


@as_root
def test_a_device_is_written_through_and_stays_a_device(tmp_path):
    for name, minor in (("null", 3), ("zero", 5)):
        device = tmp_path / name
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, minor))
        write_whole("text", device, option="--json")
        append_text("text", device, option="--summary")
        assert stat.S_ISCHR(device.stat().st_mode)
    full = tmp_path / "full"
    os.mknod(full, 0o666 | stat.S_IFCHR, os.makedev(1, 7))
    assert "No space left on device" in refused(full)
    assert stat.S_ISCHR(full.stat().st_mode)


@as_root
def test_a_disk_is_refused(tmp_path):
    disk = tmp_path / "disk"
    os.mknod(disk, 0o666 | stat.S_IFBLK, os.makedev(7, 99))
    assert "it is a disk" in refused(disk)
    assert stat.S_ISBLK(disk.stat().st_mode)


def test_a_pipe_gets_it_where_somebody_reads_and_is_refused_where_nobody_does(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "nobody reads from it" in refused(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reading, True)
    got = []

    def read() -> None:
        while data := os.read(reading, 1 << 16):
            got.append(data)

    reader = threading.Thread(target=read)
    text = "x" * (1 << 20)  # more than a pipe holds
    with open_whole(pipe, option="--json") as file:
        reader.start()
        file.write(text.encode())
    reader.join()
    os.close(reading)
    assert b"".join(got).decode() == text
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_takes_no_bytes_is_refused_and_stays(tmp_path):
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        assert "it is a socket" in refused(tmp_path / "socket")
        assert stat.S_ISSOCK((tmp_path / "socket").stat().st_mode)
    assert "it is a folder" in refused(tmp_path / "folder")
    os.symlink("folder", tmp_path / "link")
    assert "it is a folder" in refused(tmp_path / "link")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder", "link", "socket"]


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_what_it_points_to_is_written(tmp_path, there):
    (tmp_path / "below").mkdir()
    if there:
        (tmp_path / "below" / "real").write_text("before")
    os.symlink("below/real", tmp_path / "link")
    os.symlink("link", tmp_path / "second")
    write_whole("text", tmp_path / "second", option="--json")
    assert os.readlink(tmp_path / "second") == "link"
    assert os.readlink(tmp_path / "link") == "below/real"
    assert (tmp_path / "below" / "real").read_text() == "text"


def test_links_that_go_round_in_a_circle_are_refused(tmp_path):
    os.symlink("other", tmp_path / "one")
    os.symlink("one", tmp_path / "other")
    assert "can't be written" in refused(tmp_path / "one")


@pytest.mark.parametrize("form", ["/dev/fd/{}", "/proc/self/fd/{}", "link"])
def test_an_open_file_of_ours_is_written_where_it_stands_and_not_replaced(tmp_path, form):
    with open(tmp_path / "out", "wb") as file:
        file.write(b"before\n")
        file.flush()
        path = tmp_path / "link" if form == "link" else form.format(file.fileno())
        if form == "link":
            os.symlink(f"/dev/fd/{file.fileno()}", path)
        number = os.fstat(file.fileno()).st_ino
        write_whole("text\n", type(tmp_path)(path), option="--json")
        file.write(b"after\n")
    assert (tmp_path / "out").read_text() == "before\ntext\nafter\n"
    assert (tmp_path / "out").stat().st_ino == number


def test_a_file_keeps_its_rights_and_a_new_one_follows_the_umask(tmp_path, umask):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    umask(0o027)
    write_whole("text", tmp_path / "open" / "new", option="--json")
    assert (tmp_path / "open" / "new").stat().st_mode & 0o777 == 0o640
    (tmp_path / "open" / "new").chmod(0o604)
    write_whole("text", tmp_path / "open" / "new", option="--json")
    assert (tmp_path / "open" / "new").stat().st_mode & 0o777 == 0o604
    with open_whole(tmp_path / "open" / "own", option=None, private=True) as file:
        file.write(b"secret")
    assert (tmp_path / "open" / "own").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("around", "inside"), [(0o700, 0o600), (0o750, 0o640), (0o770, 0o660)])
def test_in_a_closed_folder_no_file_is_open_to_others_whatever_the_umask_is(tmp_path, umask, around, inside):
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(around)
    (folder / "there").touch(0o666)
    for mask in (0, 0o077):
        umask(mask)
        for name in (f"new {mask}", "there"):
            write_whole("text", folder / name, option="--json")
            assert (folder / name).stat().st_mode & 0o777 == inside


def test_nothing_is_left_of_what_could_not_be_written_and_the_advice_fits(tmp_path):
    assert "Give a shorter path to --html." in refused(tmp_path / ("n" * 300), "--html")
    assert "Give another path to --out." in refused(tmp_path / "none" / "file", "--out")
    assert "See whose that place is" in refused(tmp_path / "none" / "file", None)
    assert list(tmp_path.iterdir()) == []
    longest = tmp_path / ("n" * 255)  # there is no room for a longer name beside it
    write_whole("text", longest, option="--json")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["text"]


def test_text_is_added_to_a_file_and_the_rest_stays(tmp_path):
    for text in ("one\n", "two\n"):
        append_text(text, tmp_path / "summary", option="--summary")
    assert (tmp_path / "summary").read_text() == "one\ntwo\n"
    with pytest.raises(ReportUnwritable, match="--summary"):
        append_text("text", tmp_path / "none" / "summary", option="--summary")
