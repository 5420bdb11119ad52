using System.Text;

namespace Jobtree.Simulation.Traces;

/// <summary>
/// Reads lines of bounded length, because <see cref="TextReader.ReadLine"/> would read a line of any length into
/// memory.
/// </summary>
internal sealed class BoundedLines(TextReader reader, int lengthMax)
{
    private readonly char[] _buffer = new char[16 * 1024];
    private readonly StringBuilder _line = new();
    private int _position;
    private int _length;

    /// <summary>Reads the next line without its line ending.</summary>
    /// <param name="line">The line, truncated to the bound.</param>
    /// <param name="tooLong">Whether the line exceeds the bound. Reading must then stop.</param>
    /// <returns>Whether there was a line.</returns>
    public bool TryRead(out string line, out bool tooLong)
    {
        _line.Clear();
        tooLong = false;
        var any = false;
        while (_position < _length || Refill())
        {
            any = true;
            var rest = _buffer.AsSpan(_position, _length - _position);
            var end = rest.IndexOf('\n');
            var part = end < 0 ? rest : rest[..end];
            if (_line.Length + part.Length > lengthMax + 1)
            {
                tooLong = true;
                break;
            }

            _line.Append(part);
            _position += part.Length + (end < 0 ? 0 : 1);
            if (end >= 0)
                break;
        }

        if (_line.Length > 0 && _line[^1] == '\r')
            _line.Length--;
        tooLong |= _line.Length > lengthMax;
        line = _line.ToString();
        return any;
    }

    private bool Refill()
    {
        _position = 0;
        _length = reader.Read(_buffer, 0, _buffer.Length);
        return _length > 0;
    }
}
