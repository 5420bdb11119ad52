using Jobtree.Api.Access;

namespace Jobtree.Api.Tests.Security;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class TokenFileTests : IDisposable
{
    private const string HashOne = "0000000000000000000000000000000000000000000000000000000000000001";
    private readonly string folder = Directory.CreateTempSubdirectory("jobtree-tokens-").FullName;

    private string Path => System.IO.Path.Combine(folder, "tokens.yaml");

    [Fact]
    public void A_token_is_made_kept_as_a_hash_and_found_again()
    {
        var first = TokenFile.Create(Path, "ci", Role.Submitter, ["org:ai"]);
        var second = TokenFile.Create(Path, "root", Role.Operator, ["*"]);
        Assert.NotEqual(first, second);
        Assert.DoesNotContain(first, File.ReadAllText(Path), StringComparison.Ordinal);
        var entries = TokenFile.Read(Path);
        Assert.Equal(["ci", "root"], entries.Select(entry => entry.Name));
        var tokens = new TokenSet(entries);
        Assert.Equal("ci", tokens.Find(first)!.Name);
        Assert.Equal(Role.Operator, tokens.Find(second)!.Role);
        Assert.Null(tokens.Find(entries[0].Sha256));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        Assert.Single(Directory.GetFiles(folder));
    }

    [Fact]
    public void An_end_is_kept_to_a_tenth_of_a_microsecond()
    {
        var end = new DateTimeOffset(2027, 1, 31, 2, 0, 0, TimeSpan.FromHours(1)).AddTicks(1);
        TokenFile.Create(Path, "ci", Role.Submitter, ["org:ai"], end);
        TokenFile.Create(Path, "other", Role.Submitter, ["org:ai"]);
        Assert.Equal([end, null], TokenFile.Read(Path).Select(entry => entry.Expires));
    }

    [Fact]
    public void A_file_written_by_hand_in_yaml_is_read()
    {
        Write($"""
            # who may come in
            tokens:
            - name: ci
              role: viewer
              owners: [org:ai, "org:bio"]
              sha256: {HashOne}
            """);
        var entry = Assert.Single(TokenFile.Read(Path));
        Assert.Equal(["org:ai", "org:bio"], entry.Owners);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_file_that_others_may_use_is_refused(UnixFileMode mode)
    {
        TokenFile.Create(Path, "ci", Role.Viewer, ["*"]);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | mode);
        Assert.Contains("chmod 600", Assert.Throws<TokenFileException>(() => TokenFile.Read(Path)).Message,
            StringComparison.Ordinal);
        Assert.Throws<TokenFileException>(() => TokenFile.Create(Path, "more", Role.Viewer, ["*"]));
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead)]
    public void A_file_that_its_group_may_read_is_taken_as_a_mounted_secret_is(UnixFileMode mode)
    {
        TokenFile.Create(Path, "ci", Role.Viewer, ["*"]);
        File.SetUnixFileMode(Path, mode);
        Assert.Equal("ci", Assert.Single(TokenFile.Read(Path)).Name);
    }

    [Theory]
    [InlineData("", "tokens")]
    [InlineData("tokens: 1", "tokens")]
    [InlineData("tokens: []\nmore: 1", "tokens")]
    [InlineData("tokens: [1]", "expected a token")]
    [InlineData("tokens: [{name: a}]", "role")]
    [InlineData("tokens: [{name: a, role: king, owners: ['*'], sha256: H}]", "viewer, submitter, operator")]
    [InlineData("tokens: [{name: a, role: Viewer, owners: ['*'], sha256: H}]", "viewer, submitter, operator")]
    [InlineData("tokens: [{name: a, role: viewer, owners: '*', sha256: H}]", "owners")]
    [InlineData("tokens: [{name: a, role: viewer, owners: [], sha256: H}]", "no owners")]
    [InlineData("tokens: [{name: a, role: viewer, owners: ['org:*'], sha256: H}]", "org:*")]
    [InlineData("tokens: [{name: a, role: viewer, owners: ['*'], sha256: abc}]", "64")]
    [InlineData("tokens: [{name: 'a b', role: viewer, owners: ['*'], sha256: H}]", "a b")]
    [InlineData("tokens: [{name: a, role: viewer, owners: ['*'], sha256: H, password: x}]", "password")]
    [InlineData(
        "tokens: [{name: a, role: viewer, owners: ['*'], sha256: H}, {name: b, role: viewer, owners: ['*'], " +
        "sha256: H}]", "same hash")]
    [InlineData("tokens: [{name: a, role: viewer, owners: ['*'], sha256: H, expires: soon}]", "an instant, such as")]
    [InlineData(
        "tokens: [{name: a, role: viewer, owners: ['*'], sha256: H, expires: '2027-01-31T00:00:00'}]", "instant")]
    [InlineData("tokens: [{name: a, name: b, role: viewer, owners: ['*'], sha256: H}]", "line 1")]
    [InlineData("tokens: [", "line")]
    public void A_file_that_is_not_right_is_refused_with_the_reason(string text, string reason)
    {
        Write(text.Replace("H", HashOne, StringComparison.Ordinal));
        Assert.Contains(reason, Assert.Throws<TokenFileException>(() => TokenFile.Read(Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_given_once()
    {
        TokenFile.Create(Path, "ci", Role.Viewer, ["*"]);
        var before = File.ReadAllText(Path);
        Assert.Throws<TokenFileException>(() => TokenFile.Create(Path, "ci", Role.Operator, ["*"]));
        Assert.Throws<TokenFileException>(() => TokenFile.Create(Path, "x", Role.Operator, ["not an owner"]));
        Assert.Equal(before, File.ReadAllText(Path));
    }

    [Fact]
    public void A_file_that_is_not_there_or_too_large_is_refused()
    {
        Assert.Throws<TokenFileException>(() => TokenFile.Read(Path));
        Write(new string('#', TokenFile.BytesMax + 1));
        Assert.Throws<TokenFileException>(() => TokenFile.Read(Path));
    }

    [Fact]
    public void A_short_secret_is_no_token_even_where_its_hash_is_in_the_file() =>
        Assert.Null(new TokenSet([new TokenEntry("weak", Role.Operator, ["*"], TokenFile.Hash("password"))])
            .Find("password"));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private void Write(string text)
    {
        File.WriteAllText(Path, text);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
