package io.heddle.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A chart of lines, written as SVG: what a run measured, for people to look at. */
public final class Chart {

    private final XYChart chart;

    private Chart(XYChart chart) {
        this.chart = chart;
    }

    public static Chart of(String title, String xAxis, String yAxis) {
        XYChart chart = new XYChartBuilder()
                .width(900)
                .height(480)
                .title(title)
                .xAxisTitle(xAxis)
                .yAxisTitle(yAxis)
                .build();
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS).setChartBackgroundColor(java.awt.Color.WHITE);
        return new Chart(chart);
    }

    /** Both axes logarithmic: no value may be zero or less. */
    public Chart logarithmic() {
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
        return this;
    }

    /** Two points or more of each; as many of the one as of the other. */
    public Chart line(String name, List<? extends Number> xs, List<? extends Number> ys) {
        chart.addSeries(name, xs, ys).setMarker(xs.size() > 20 ? SeriesMarkers.NONE : SeriesMarkers.CIRCLE);
        return this;
    }

    public void write(Path svg) {
        try {
            Files.createDirectories(svg.toAbsolutePath().getParent());
            VectorGraphicsEncoder.saveVectorGraphic(chart, svg.toString(), VectorGraphicsFormat.SVG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
