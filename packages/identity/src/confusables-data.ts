// Written by scripts/generate-confusables.ts; do not edit. Data: Unicode confusables.txt, version 10.0, copyright
// Unicode, Inc., under the Unicode licence (unicode.org/license.txt). Each entry is a character and what it looks
// like, as code points in base 36 with dots between.
export const CONFUSABLES = `
1c.27 1d.30 21.30 31.36.32 5i.1t.1x 5s.1w.mt 60.27.mw 6e.2p.2t 6o.6pu.mt 6w.33.mw 7k.1w.mt 7l.2s.mt
86.20.mt 87.2w.mt 8h.2x 8x.24.mw 8y.30.mw 9e.27.1x 9f.33.2t 9y.2c.mt 9z.38.mt ao.2q.mt ap.13.1u
aq.2q.lg ar.2q.lg as.2q av.1v.13 ax.1w.mt ay.13.1w b0.2s.lg b1.2v b5.1y.me b6.2u.me b7.1z.13 ba.30
bb.30.mt bc.23.13 bd.2z.lw be.30.mt bh.26.me bi.32.mh bj.27.mt bo.13.28 bp.34.lw bq.2a br.1e
bw.13.2c bx.38.lw by.2c.mg c3.13.2h c4.3d.lw c5.2i.mt c6.3e.mt c7.1f cb.1e.mt cc.1h cd.37 cf.72
cg.30 ch.30.30 cj.x dg.1z.mt dh.2v.mt f0.1f f6.1k f7.1k f8.2i.me f9.3e.me fw.2r.mw fy.2c.mw g1.1r
g4.2d.mt g6.1x.mw g7.2t.mw g8.22.mt g9.2y.mt gd.36.mt ge.2h.mt gf.3d.mt gh.2p gj.2q.lw gm.2s.mg
gn.2s.lw gp.d9 gq.d9.ke gr.x3n gw.2v.lw gx.2v gz.3d h2.2w.lw h4.2x.mt h5.2x h6.2x h7.30.ms h9.30.mg
ha.30.f1 hb.3b hd.36.32.me hf.32.mg hh.33.mt hi.33.5qf ho.36.mh hp.36.mg hu.37.mg i3.39 i7.3d
i8.3e.mg ia.f1 ic.1r io.35.lw ir.2s.3e is.2s.f1 it.2s.i9 iu.38.37 iv.38.hv iw.38.gl ix.2u.97
iy.30.37 iz.30.3e jd.13 je.13.13 jf.13 jg.13 jh.13 ji.13 jj.121 jq.2m js.13 ju.13 jv.13 k0.1m
ku.13.13 lh.lg lo.li lp.19s ls.li.lj lt.le lx.lv lz.18w m8.mp m9.me ma.mg mf.me mu.mt mv.mw mx.me
n6.lf n9.mg nb.mr nr.nk ns.lj o6.lm oe.li og.8s5 om.t4 on.5qm or.gk ot.x1b ov.22 pd.1t pe.1u ph.1x
pi.2i pj.20 pk.27.mt pl.30 pm.23 pn.g5 po.25 pp.26 pr.27 pt.28 pv.bt pw.2c px.2h pz.2g q9.2p qa.67
qb.3d qc.61r qd.x3n qf.32.mh qg.27.mt qh.2x qi.8o ql.3a qn.33 qp.34 qr.33 qs.5qz qt.39 qu.hk rf.qq
rg.1y s3.2y s7.66 s8.72 sa.25 sd.au sf.x1a sk.x3m sl.2b sm.30 so.22 sw.1t sx.2q.lg sy.1u sz.pf t1.1x
t3.1f t6.23 t7.g5 t8.25 t9.20 ta.27 tb.ps tc.28 td.1v te.2c tf.2h tg.py th.2g tn.2q.30 to.2q
tq.30.27 ts.2p tt.1i tu.ih tv.36 tx.2t tz.gs u0.5qm u2.8o u4.i5 u5.ik u6.33 u7.qo u8.34 u9.2r ua.5qz
ub.3d uc.hk ud.3c ui.jt.2q uj.at.2x uk.at un.5qx us.x3n ut.37 uu.2x uw.2y uz.2w.mt v5.3b v6.2q.mt
v7.2q.mt vk.q0 vl.qw vm.27.mt vn.33.mt vo.2e vp.3a vw.v4.w6.w7 vx.3b.w6.w7 wa.st.me wb.u1.me
wc.2q.mt wd.2q.mt wg.pf.13 wh.36.13 wi.pf.mt wj.36.mt wm.t2.mh wn.ty.mh wo.1f.me wp.gs.me wq.23.mh
wr.8o.mh wu.23.mt wv.8o.mt wy.20.mh wz.ik.mh x6.1v.me x7.2r.me x8.2c.mh x9.5qz.mh xa.2h xb.3d
xc.2h.mt xd.3d.mt xe.2g.mh xn.2w xp.2t xq.xo.mg xr.2t.mg xs.30 xx.g5.me xy.u3.me xz.20.me y0.ik.me
y1.20.me y2.ik.me y3.xi y4.xj y5.25.me y6.i5.me y7.2x yc.1t.1x yd.2p.2t yg.b3 yh.d9 yo.1f yp.f1
yw.27.mt yx.33.mt zl.2s zu.dy zw.1z zx.gy 100.b4 101.x3n 10b.35 10c.2f 10d.3b 117.3ou 11g.3k6
11m.3s3 11o.3mp 11p.2d 11r.2b 11v.py 11x.27 129.3b 12b.35 12e.35 12m.61r 12o.2w 12t.fr 12w.32 12y.hc
130.32 131.39 135.2v 138.2u 139.33 13w.ld 13x.ld 144.13u 148.13t 14d.13q 14e.13s 14f.lm 14k.mb
14p.lj 14q.lj 14x.lj 14y.lj 150.lj 151.mb 15h.30 15k.3a 15l.13 15r.30 15t.33 168.30.30 169.30.13
16a.13.13 17c.ld 17d.lv 17e.18w 17r.30 17v.18p.1cr 184.183.1cr 18d.18p.le 18f.18p.1cr 18n.33 18q.18p
18r.ln 18u.ld 18v.lv 18y.lm 18z.lf 192.mh 193.lu 194.li 195.lg 196.li 197.le 198.mb 199.lw 19b.191
19c.1a 19d.30 19h.33 19j.2e 19k.g5 19q.18p 19r.1b5 19u.30.19w 19v.30.191 1a1.18p.179 1a6.18p.1cr
1a9.17x.190 1ad.17x.1cr 1ag.17z.179 1aj.1ai.179 1am.17z.1cr 1ap.181.179 1aq.181.li 1aw.181.1cr
1b2.185.1cr 1b3.187.1cr 1b8.1b5.1cr 1bb.18h 1bc.1b5.1cr 1bd.18j 1be.18j 1bh.18j.1cr 1bo.1bj.1cr
1bp.18k.li 1br.18k.1cr 1bu.18p 1bv.18p.179 1bx.18p.1cr 1by.33 1c1.33 1c3.17t 1c6.18o.li 1c7.18o.lv
1c8.18o.19s 1c9.18o.le 1cb.18o.1cr 1cc.18p 1ce.18p.li 1cg.1a3 1ch.18p.1cr 1ci.18p 1cl.33 1cv.lm
1d4.li.lj 1d8.lj 1da.17z.le 1db.181.le 1dc.1a 1dd.30 1de.19e 1df.19f 1dg.19g 1dh.33 1di.19i 1dj.2e
1dk.g5 1dl.19l 1dr.33.le 1g1.17s.1cr 1g6.18p.li 1gi.1bg 1gj.18j.1cr 1gn.1g4 1go.18m.179 1gp.18m.li
1gs.181.190 1gx.1av.179 1gy.17x.190 1ha.183.le 1pd.17s.190 1pg.1b6.1cr 1pj.18l.1cr 1pk.18p.190
1pl.1g4 1pq.17z.mc.mb 1pr.185.mc.mb 1ps.1bj 1pt.18o 1pu.182.le 1py.17s.1cy 1pz.18p.1cr.1cy
1q1.181.li.lj 1q2.18p.li.lj 1q3.1b5 1q4.1b5 1q5.18p 1r9.18s 1rc.18s 1re.lj 1rf.lk 1rh.mb 1ri.mc
1rk.ln 1rl.18s 1rm.18t 1rn.lv 1rs.nk 1rt.no 1ru.np 1rz.nk 1s0.nm 1s1.li.lj 1s2.lj 1s3.1m 1s4.1s5.1ty
1s6.1s5.1tq 1s8.1tc.1u5.1s7 1sd.1sf.1tx 1se.1sf.1ty 1sg.1sf.1tz 1sh.1s5.1u1 1si.1s5.1tq.1ty
1sj.1s5.1tq.1tz 1sk.1s5.1tq.1u0 1to.mb 1ua.mp 1ub.lc 1uc.ld 1uu.33 1uv.19l 1vh.1r 1vl.li.lj
1vq.1vp.1xa 1x8.mb 1y8.1vv.1xf 1y9.1vv.1xf 1ye.27 1yi.1k 1yl.1l 1z6.lj 1z7.1vn 1za.1z9.20u
1zb.22a.20v 1zc.22a.20w 1zd.22b.20x 1ze.22b.20y 1zj.22a.213 1zk.1z9.214 1zo.1z9.218 20s.mb 217.1ty
219.1u5 21y.33 21z.1l 222.1k 22p.li.lj 22q.lj 22r.1m 22u.22t.24e 231.22t.24l 233.22t.24n 234.22t.24o
235.22t.24e.24l 237.22t.24e.24n 238.22t.24e.24o 24c.mb 24d.1tp 24h.1tt 24i.1tu 24t.1u5 25i.33
25k.1uw 25l.1ux 25m.1uy 25q.1v2 269.li.lj 26b.1k 26e.26d.27y 274.27 27w.mb 292.27 294.1l 29u.lm
2a2.2a1.2b7 2ak.2a8 2b4.2a0 2bi.2a0 2bs.2ax 2bx.lj 2c7.2b7 2cm.33 2cn.2ad 2co.2a1 2cq.2ai
2cr.2a0.2bl 2cs.2ai.2bl 2ct.2a6 2cu.29x 2dc.li.lj 2de.33 2df.1vn 2dv.2du.2fp 2dw.2du.2fg 2e8.2eo.14s
2ea.2e9.mb 2ed.2ef.14s 2el.2ek.mb 2em.2et.2f5 2ev.2et.mb 2ex.2et.2f2 2f6.2f5.2f2 2f8.2f7.2f2
2g0.2dn.2f2 2g1.2do.2f2 2g6.33 2gx.li.lj 2gy.33 2gz.1vn 2h1.2dh 2h2.2di 2h3.2dj 2he.2du 2hf.2du.2fp
2hg.2du.2fg 2ho.2e4 2hq.2e6 2hv.2eb 2i7.2en 2i9.2ep 2ia.2eq 2jl.2h8.2im 2jq.33 2jr.2g7 2js.2g8
2jz.2gf 2kh.li.lj 2ki.33 2kj.1vn 2ko.2kn.2mv 2kp.2a1 2kq.2a1.2mv 2ks.2lk.2m9 2kw.2ku.2me 2kz.2ky.2m6
2l0.2ky.2mv 2l5.2lk.2m9 2l8.2a8 2lc.33 2lf.2ar 2lt.2ls 2lw.2b8 2ly.2ba 2m2.2an.2bj 2m7.2bj 2m8.2bj
2ma.2m9 2mb.2m9 2mg.2me.2me 2mm.1v5 2n3.33.2ls.33 2n5.2la 2na.33 2ne.2ls.2ml 2nf.2li.2ml.2ls
2ng.2lk.2ml.2lk 2nh.1l 2ni.2lx.2ml.2ls 2nj.2lk.2ml 2nv.2lk.2ml 2nw.2ls.2ml 2o2.33 2o3.1vn
2qx.2qw.2q7 2qy.2oy 2qz.2pb 2r3.2qw.2qb 2rn.2rm 2rv.2ru 2rz.2ry 2s4.2ro 2s5.2ro 2s7.2s1 2sh.2rq
2sm.2sg 2td.2tc.2tc 2th.2sy 2tp.lm 2ts.33 2vc.2rs 2vh.2si 2vu.2sa 2vv.2sb 2vx.2sd 2vy.2se 2vz.2sf
2wo.2t4 2wp.2t5 2x4.2tk 2x5.2tl 2x6.2tm 2x7.2tn 2x9.lm 2xc.33 2yo.31k.324.326 307.md 31m.31e
35s.35u.370 368.33.370 36l.33 36n.36d.370 36x.36m.37g 36y.36m.37g.375.370.37e 37a.lm 37c.1vn 37k.33
38l.37l 38m.36d.37i 38v.36d.370.37i 38w.35v.37i 39a.399.37i 39d.35u.37i 3a8.x3a 3c7.3d 3cj.f1 3cv.33
3cx.3cw.3cw 3d0.3cz.3cz 3d4.3d3.3d3 3d6.3d5.3d5 3d9.3d8.3d8 3df.3cy.3cw 3dg.3cy.3cy 3dh.3cy.3cz
3di.3cy.3d3 3dj.3cz.3cw 3dk.3d1.3cy 3dl.3d1.3d1 3dm.3d1.3de 3dn.3d1.3d7 3do.3d2.3d3 3dp.3d2.3d7
3dq.3d3.3cw 3dr.3d3.3cy 3ds.3d3.3cz 3dt.3d3.3d5 3du.3d3.3d5.3cw 3dv.3d3.3d5.3cz 3dw.3d3.3d5.3d3
3dx.3d3.3d5.3d5 3dy.3d3.3d5.3d8 3dz.3d3.3d8 3e0.3d3.3da 3e1.3d3.3dc 3e2.3d3.3dd 3e3.3d3.3d7
3e4.3d3.3d3.3d7 3e5.3d5.3cw 3e6.3d5.3cy 3e7.3d5.3cz 3e8.3d5.3d1 3e9.3d5.3d2 3ea.3d5.3d3
3eb.3d5.3d3.3cw 3ec.3d5.3d5.3d5 3ed.3d5.3d7 3ee.3d5.3d8 3ef.3d5.3da 3eg.3d5.3db 3eh.3d5.3dc
3ei.3d5.3dd 3ej.3d1.3de 3el.3ek.3ek 3en.3em.3em 3ep.3d7.3cw 3eq.3d7.3cz 3er.3d7.3d2 3es.3d7.3d3
3et.3d7.3d5 3eu.3d7.3eo 3ev.3d7.3d7 3ew.3d7.3d8 3ex.3d7.3da 3ey.3d7.3dc 3ez.3d7.3dd 3f1.3d8.3d7
3f3.3f2.3f2 3f5.3f4.3f4 3f6.3da.3db 3f7.3da.3de 3fa.3dd.3d3 3fb.3dd.3d7 3fc.3de.3de 3fe.3cw.3cz
3ff.3cy.3d5 3fg.3cy.3d8 3fh.3cy.3de 3fi.3cz.3d1 3fm.3fl.ffs 3fo.3fn.ffs 3fq.3fp.ffs 3fs.3fr.ffs
3fu.3ft.3fl 3fv.3ft.3fl.ffs 3fw.3ft.ffs 3fz.3fy.3fp 3g0.3fy.3fp.ffs 3g1.3fy.ffs 3g3.9oc 3g4.9oc.ffs
3g5.ffs 3g6.3fl.3ft 3g7.3fl.3fy 3g8.3fn.3ft 3g9.3fn.3fx 3ga.3fp.3ft 3gb.3fp.3fy 3gc.3fp.9oc
3gd.3fr.3ft 3ge.3fr.3fy 3gf.3ft.3fp 3gg.3ft.3fp.ffs 3gh.3ft.3fr.ffs 3gi.3ft.3ft 3gj.3ft.3fy
3gk.3fx.3fn 3gl.3fx.3fn.ffs 3gm.3fx.3fn 3gn.3fx.3ft 3go.3fx.ffs 3gp.3fy.3fl 3gq.3fy.3fl.ffs
3gr.3fy.3fp.9oc 3gs.3fy.3fr.ffs 3gt.3fy.3fy 3gu.3g2.3fl 3gv.3g2.3fp 3gw.3g2.3fp.ffs 3gx.3g2.3fr
3gy.3g2.3fr.ffs 3gz.3g2.3fy 3h0.3g2.ffs 3h1.9oc.3fy 3h2.9oc.9oc 3h3.9oc.ffs.3fy 3h4.ffs.3fl
3h5.ffs.3fn 3h6.ffs.3ft 3h7.ffs.3fy 3h8.ffs.9oc 3h9.ffs.3ha 3hb.3ha.3fp 3hc.3ha.3fy 3hd.3ha.ffs
3he.3ha.3ha 3hf.3fl.9oc 3hg.3fn.3fy 3hh.3fr.3fn 3hi.3ft.3fn 3hj.3ft.3fn.ffs 3hk.3cw 3hl.3cw.3cw
3hm.3cw.3d5 3hn.3cy 3ho.3cy.3d8 3hp.3cy.3de 3hq.3cz 3hr.3d1 3hs.3d1.3cw 3ht.3d1.3d2 3hu.3d1.3d3
3hv.3d1.3d5 3hw.3d1.3dc 3hx.3d1.3dd 3hy.3d1.3de 3hz.3d2 3i0.3d3 3i1.3d3.3d5 3i2.3d5 3i3.3d5.3d5
3i4.3d7 3i5.3d8 3i6.3da 3i7.3db 3i8.3dc 3i9.3dd 3ia.3de 3ib.3cw.3d1 3ic.3cw.3d5.3cw 3id.3cy.3cw
3ie.3cy.3cz 3if.3cy.3d5 3ig.3cy.3eo 3ih.3cy.3dc 3ii.3cz.3cw 3ij.3cz.3d1 3ik.3d1.3cw.3d5 3il.3d1.3cy
3im.3d1.3cz 3in.3d1.3cz.3de 3io.3d1.3d1 3ip.3d1.3d2.3cw 3iq.3d1.3d2.3d5 3ir.3d1.3d3.3d5
3is.3d1.3d3.3de 3it.3d1.3d3.3d7 3iu.3d1.3d5.3d5 3iv.3d1.3eo 3iw.3d1.3db 3ix.3d1.3fd 3iy.3d2.3cw
3iz.3d2.3d1 3j0.3d2.3d3 3j1.3d2.3d5 3j2.3d2.3d5.3d5 3j3.3d2.3eo 3j4.3d2.3da 3j5.3d2.3de 3j6.3d2.3d7
3j7.3d3.3d1 3j8.3d3.3dd 3j9.3d3.3de 3ja.3d3.3d7 3jb.3d5.3cw 3jc.3d5.3cz 3jd.3d5.3d1 3je.3d5.3d3
3jf.3eo 3jg.3d7.3cw 3jh.3d7.3cw.3cw 3ji.3d7.3d7 3jj.3d7.3db 3jk.3f0 3jl.3d7.3d5 3jm.3d7.3eo
3jn.3dd.3d3 3jo.3dd.3d7 3jp.3de.3cy 3jq.3de.3d1 3jr.3de.3d2 3js.3de.3d3 3jt.3fd 3ju.3cw.3cy
3jv.3cw.3d3 3jw.3cw.3da 3jx.3cw.3db 3jy.3cw.3de 3jz.3cy.3cy 3k0.2d 3kz.hc 3ls.py 3mo.11k 3o4.12p
3ps.27 4o3.4o2 4on.2t0 4oo.2t1 4op.2t2 4oq.2t3 4p2.lm 4p7.2tk 4pf.lm 59w.1cr 59z.mg 5ow.le 5oy.lg
5p1.mj 5p4.mm 5p5.ml 5p6.lq 5p8.mh 5p9.mb 5pa.mc 5pp.ly 5qc.2r 5qg.gs 5qj.8o 5ql.i5 5qn.33 5qo.gk
5qp.33 5qs.d9.33 5r0.39 5r4.3a 5r5.3b 5r6.3e 5r8.bs 5ra.36 5rb.i4 5rc.qo 5rd.5qw 5rf.u3 5t7.39.2t
5ta.2u.ms 5tb.36.32.ms 5tc.32.ms 5te.36.ms 5tf.hq.ms 5tg.37.ms 5th.38.ms 5ti.3e.ms 5tn.2x.mt
5to.2x.mt 5tp.34.mt 5tq.39.mt 5tr.i2.mt 5tv.2v 5u4.3d 5u8.gb 5wu.92k 61p.2u 64f.3d 6hn.1cr 6mb.au
6mc.gk 8rr.20.mh 8rt.23.mh 92g.5wf 92i.lm 92l.o8 92n.of 92u.o3 92v.o4 9ik.ll 9il.md 9ir.1b 9jj.7sc
9lm.lm 9lw.fjv 9m0.ijp 9m3.gbf 9mn.hlh 9mw.ggs 9mz.fik 9n2.1b 9n3.g2z 9nc.9ko 9nx.gkj beb.app
dcr.ako dgg.bp7 feo.9oc fg6.2k fgf.1b fsy.fp1 fuk.ftw gv3.gur h5j.gkj hgr.hgh hkb.h7j hkv.hij
hz4.hwv ilu.ild imo.bp6 jeg.jee jrd.bi9 k83.cov k89.k7u kc6.bmi kdi.dhf kjj.kfi kx5.bs3 kyv.kv1
lzt.lu0 nrj.npw os6.or9 peu.kcs pfu.kcw pg0.kcv ph2.bp1 phd.kcz pif.kd4 pj5.ph8 plz.kdf qbj.q6l
qip.qif ra6.dyu rct.ram rkf.rk6 rqb.rq4 rye.ry7 s1m.s11 s63.s5z s9z.s8v sm6.slq t66.t65 trs.trr
v9f.v9e vde.vdd vk3.cop wuc.1e wud.bs wuf.2x wul.qx wuo.tm.30 wup.jt.2q.2x wvc.ig wvj.6i1 wvw.li
wwl.2w.lw wwo.27.27 wwp.33.33 wwq.1f3c x0o.2c.1f x0p.38.f1 x0x.37 x0y.1t.1t x0z.2p.2p x10.1t.27
x11.2p.33 x12.1t.2d x13.2p.39 x14.1t.2e x15.2p.3a x16.1t.2e x17.2p.3a x18.1t.2h x19.2p.3d x1c.23.mt
x1m.27.mt x1n.33.mt x1q.27.27 x1r.33.33 x22.1e x29.3b.me x2i.1f x2j.f1 x2m.1l x2v.38.2u x2w.12
x2y.x2x x3g.13 x3j.53 x3p.x0n x3s.1y x3t.2u x3u.1fde x3v.1fei x3x.ii x3y.wkk x3z.39 x4b.1f x4h.wk5
x4i.22 x4j.2g x4k.1u x4l.67 x4m.wuk x4n.qx x6f.9oc xgg.3cz.3d2 xgh.3cz.3d3 xgi.3cz.3d5 xgj.3cz.3d8
xgk.3d1.3cw xgl.3d1.3cw.3cw xgm.3d1.3cz xgn.3d1.3cz.3cz xgo.3d1.3d2 xgp.3d1.3d3 xgq.3d1.3d3.3d3
xgr.3d1.3d3.3d7 xgs.3d1.3d5 xgt.3d1.3d8 xgu.3d1.3db xgv.3d2.3cw xgw.3d2.3cz xgx.3d2.3d5
xgy.3d3.3d5.3dc xgz.3d3.3db xh0.3d3.3de xh1.3d5.3d5.3d3 xh2.3d7.3d1 xh3.3d7.3de xh4.3d8.3d8.3de
xh5.3dc.3dc xh6.3dd.3de xh7.3de.3d5 xh8.3fd.3fd xte.2t xth.2u xtp.33 xtq.33.mw xtr.gk.mw
xtt.d9.33.mw xtu.d9.33.mt xtz.36 xu0.36 xu5.hv xu6.39 xua.39 xub.qv xud.qv xui.3d xuo.ux xuq.gk.2t
xur.39.33 16ls.3ft.3fr 16lt.3ft.3ft.ffs 16lu.3fx.3fl 16lv.3fx.3fl.ffs 16lw.3fx.3fp 16lx.3fy.3fr
16ly.3fy.ffs.ffs 16lz.3g2.3fl.ffs 16m0.3g2.3ft 16m1.9oc.3fl 16m2.9oc.3fp 16m3.9oc.3fp.ffs
16m4.9oc.3ft 16m5.ffs.3fn.3ft 16m6.ffs.3fn.ffs 16m7.ffs.3fr 16m8.ffs.3fr.ffs 16m9.ffs.3ft.ffs
16ma.ffs.3fx 16mb.ffs.3g2 16mc.ffs.ffs 16md.3ha.3fl 16me.3ha.3fp.ffs 16mj.3cy.3d1 16mk.3cy.3da
16ml.3cz.3cz 16mm.3cz.3cz.3d3 16mn.3cz.3d3 16mo.3cz.3d5 16mp.3cz.3d5.3cw 16mq.3cz.3d8 16mr.3cz.3da
16ms.3cz.3dc 16mt.3d1.3cw.3cw 16mu.3d1.3cw.3de 16mv.3d1.3d1.3db 16mw.3d1.3d2.3de 16mx.3d1.3d3.3cz
16my.3d1.3d3.3dd 16mz.3d1.3f0 16n0.3d1.3fd.3de 16n1.3d1.3d7 16n2.3d2.3cy 16n3.3d2.3cy.3cy
16n4.3d2.3d2 16n5.3d2.3d3.3d5 16n6.3d2.3d8 16n7.3d3.3cz 16n8.3d3.3d1.3dd 16n9.3d3.3d2 16na.3d3.3d3
16nb.3d3.3d5.3cz 16nc.3d3.3d8 16nd.3d3.3da 16ne.3d5.3d2 16nf.3d5.3d3.3d7 16ng.3d5.3d5.3cw
16nh.3d5.3d5.3cz 16ni.3d5.3eo 16nj.3d5.3d8 16nk.3d5.3da 16nl.3d5.3dc 16nm.3d1.3de 16nn.3eo.3d3
16no.3eo.3d3.3d7 16np.3f0.3d2 16nq.3f0.3de 16nr.3d8.3d3 16ns.3d8.3d3.3d3 16nt.3d8.3d8 16nu.3dd.3d5
16nv.3dd.3dc 2jxp.1a 2zfs.7sc
`
