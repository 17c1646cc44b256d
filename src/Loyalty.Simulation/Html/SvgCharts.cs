using System.Globalization;
using System.Net;
using System.Text;

namespace Loyalty.Simulation.Html;

/// <summary>One line or row of bars.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Css">The class that gives its colour.</param>
/// <param name="Values">By day.</param>
internal sealed record Series(string Name, string Css, IReadOnlyList<long> Values);

/// <summary>Charts as inline SVG: they need nothing from outside, and take their colours from the page.</summary>
internal static class SvgCharts
{
    private const int Width = 720;
    private const int Height = 200;
    private const int Left = 56;
    private const int Bottom = 24;
    private const int Top = 12;

    /// <summary>Bars by day, side by side where there are two series; a dashed line for a limit.</summary>
    public static string Bars(string title, IReadOnlyList<Series> series, Func<int, string> day, long? limit = null)
    {
        var days = series.Max(static one => one.Values.Count);
        var most = Math.Max(1, Math.Max(series.Max(static one => one.Values.DefaultIfEmpty().Max()), limit ?? 0));
        var top = Nice(most);
        var svg = new StringBuilder();
        Open(svg, title);
        Axis(svg, top, days, day);
        double slot = (double)(Width - Left) / days, bar = slot * 0.8 / series.Count;
        for (var s = 0; s < series.Count; s++)
        {
            for (var i = 0; i < series[s].Values.Count; i++)
            {
                var value = series[s].Values[i];
                if (value == 0) continue;
                double height = Scale(value, top), x = Left + i * slot + slot * 0.1 + s * bar;
                svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"{series[s].Css}\" x=\"{x:0.##}\" y=\"{Height - Bottom - height:0.##}\" width=\"{Math.Max(0.6, bar):0.##}\" height=\"{height:0.##}\"><title>{Text(day(i))}: {value:N0} {Text(series[s].Name)}</title></rect>");
            }
        }

        if (limit is { } most1)
        {
            var y = Height - Bottom - Scale(most1, top);
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"limit\" x1=\"{Left}\" x2=\"{Width}\" y1=\"{y:0.##}\" y2=\"{y:0.##}\"/><text class=\"tick\" x=\"{Width - 2}\" y=\"{y - 4:0.##}\" text-anchor=\"end\">quota {most1:N0} a day</text>");
        }

        return svg.Append("</svg>").ToString();
    }

    /// <summary>A line without axes, for a table's cell.</summary>
    public static string Spark(IReadOnlyList<long> values)
    {
        const int SparkWidth = 120, SparkHeight = 24;
        var most = Math.Max(1, values.DefaultIfEmpty().Max());
        var points = new StringBuilder();
        for (var i = 0; i < values.Count; i++)
        {
            var x = values.Count < 2 ? 0 : i * (double)SparkWidth / (values.Count - 1);
            points.Append(CultureInfo.InvariantCulture, $"{x:0.#},{SparkHeight - 1 - values[i] * (SparkHeight - 2.0) / most:0.#} ");
        }

        return string.Create(CultureInfo.InvariantCulture, $"<svg class=\"spark\" viewBox=\"0 0 {SparkWidth} {SparkHeight}\" role=\"img\" aria-label=\"by day, at most {most:N0}\"><polyline points=\"{points}\"/></svg>");
    }

    /// <summary>A share as a bar in a table's cell.</summary>
    public static string Share(double share, string css) => string.Create(
        CultureInfo.InvariantCulture,
        $"<svg class=\"share\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"{css}\" width=\"{Math.Clamp(share * 100, 0, 100):0.##}\" height=\"10\"/></svg>");

    /// <summary>Text that is safe in HTML.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    private static void Open(StringBuilder svg, string title) => svg.Append(
        CultureInfo.InvariantCulture, $"<svg class=\"chart\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Text(title)}\">");

    private static void Axis(StringBuilder svg, long top, int days, Func<int, string> day)
    {
        for (var i = 0; i <= 4; i++)
        {
            var y = Height - Bottom - (Height - Bottom - Top) * i / 4.0;
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width}\" y1=\"{y:0.##}\" y2=\"{y:0.##}\"/><text class=\"tick\" x=\"{Left - 6}\" y=\"{y + 4:0.##}\" text-anchor=\"end\">{top * i / 4:N0}</text>");
        }

        var every = Math.Max(1, (int)Math.Ceiling(days / 6.0));
        for (var i = 0; i < days; i += every)
        {
            var x = Left + (i + 0.5) * (Width - Left) / days;
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{x:0.##}\" y=\"{Height - 6}\" text-anchor=\"middle\">{Text(day(i))}</text>");
        }
    }

    private static double Scale(long value, long top) => (Height - Bottom - Top) * (double)value / top;

    /// <summary>The next of 4, 8, 20, 40, 80, 200, … so that four grid lines are whole numbers.</summary>
    private static long Nice(long most)
    {
        for (long power = 1; ; power *= 10)
        {
            foreach (var step in (ReadOnlySpan<long>)[4, 8, 20])
            {
                if (step * power >= most) return step * power;
            }
        }
    }
}
